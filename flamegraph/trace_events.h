// Chrome's Trace Event Format (JSON object form), which Perfetto's viewer and chrome://tracing open.
//
// A profile has no times of its samples: a frame is drawn as long as what it cost, one track for each thread,
// equal stacks beside each other. One microsecond on the axis is one microsecond of cost; costs that are no
// time are drawn as microseconds, with their own unit in the track's name.
#pragma once

#include <string>

#include "libprof/report/view.h"

namespace prof::flame {

std::string to_trace_events(const report::View& view, const std::string& name);

}  // namespace prof::flame
