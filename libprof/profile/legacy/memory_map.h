// The list of mappings behind the samples of a legacy profile: /proc/PID/maps, or its shorter kin.
#pragma once

#include "libprof/profile/legacy/draft.h"
#include "libprof/profile/legacy/text.h"

namespace prof::legacy {

// The executable mappings in all lines from the next one on. A line may have a log prefix
// ("file.cc:12] "); "name=value" lines say what $name stands for in those that follow; others are skipped.
Result<std::vector<DraftMapping>> read_memory_map(Lines& lines);

// The same, behind the heading: lines up to and with it are skipped, from the current one on.
Result<std::vector<DraftMapping>> find_memory_map(Lines& lines);

}  // namespace prof::legacy
