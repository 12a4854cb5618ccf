// The last step of a recording, and of each checkpoint: profiles of what was recorded, into their files.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "libprof/record/recorder.h"

namespace prof::record {

// As a shell would take it back.
std::string command_line(const std::vector<std::string>& command);

// Profiles of what `processes` hold now, into the files that `names` says by kind. Sets in `recording` the
// profiles, where they are, the warnings, and what could not be written.
void build_and_write(Recording& recording, const std::deque<ProcessRecord>& processes,
                     const Warnings& warnings, const BuildOptions& options,
                     const std::map<Kind, std::string>& names);

}  // namespace prof::record
