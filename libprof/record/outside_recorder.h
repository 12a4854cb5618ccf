// `prof record` where no agent can be: of running processes, and of static programs.
#pragma once

#include "libprof/record/recorder.h"

namespace prof::record {

// Samples by perf (attach.h). `recording` holds the periods; the rest is set here. An Error: nothing was
// recorded, and a program was not started.
Result<Recording> record_from_outside(const RecordOptions& options, Recording recording);

}  // namespace prof::record
