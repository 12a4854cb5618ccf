// Programs that ran without being recorded: what recorded processes started, and what opened no spool.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "libprof/record/build.h"

namespace prof::record {

// But for `refused`, whose agents said why. `directory`: of the spools, as the reasons name it.
std::vector<Unprofiled> find_unprofiled(const std::deque<ProcessRecord>& processes,
                                        const std::set<uint32_t>& refused, const std::string& directory);

}  // namespace prof::record
