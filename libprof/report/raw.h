// `raw`: everything a profile has, as text.
#pragma once

#include "libprof/report/traces.h"
#include "libprof/report/view.h"

namespace prof::report {

void print_raw(const View& view, const Sink& sink);

}  // namespace prof::report
