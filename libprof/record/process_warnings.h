// What went wrong in the processes of a recording, and what to do about it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "libprof/record/process_record.h"

namespace prof::record {

// Each reason once. `directory`: of the spools; "" where it is gone.
std::vector<std::string> process_warnings(const std::deque<ProcessRecord>& processes,
                                          const std::string& directory);

}  // namespace prof::record
