// Chrome's Trace Event Format (JSON object form), which Perfetto's viewer and chrome://tracing open.
//
// A profile has no times of its samples: a frame is drawn as long as what it cost, one track for each thread,
// equal stacks beside each other. One microsecond on the axis is one microsecond of cost; costs that are no
// time are drawn as microseconds, with their own unit in the track's name.
#pragma once

#include <string>

#include "libprof/base/file_parts.h"
#include "libprof/report/view.h"

namespace prof::flame {

// Event by event: memory is that of the samples' stacks, 4 bytes a frame.
void write_trace_events(const report::View& view, const std::string& name, const Put& put);

}  // namespace prof::flame
