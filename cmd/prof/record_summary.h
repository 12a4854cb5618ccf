// The block that ends a recording: what was seen, what was not and why, what to type next.
#pragma once

#include <string>

#include "libprof/record/recorder.h"

namespace prof::cmd {

std::string record_summary(const record::Recording& recording);

}  // namespace prof::cmd
