// `callgrind`: the call graph in the format of Valgrind's callgrind, for KCachegrind.
#pragma once

#include <string>

#include "libprof/report/view.h"

namespace prof::report {

std::string print_callgrind(const View& view);

}  // namespace prof::report
