// Programs that ran without being recorded: what recorded processes started, and what opened no spool.
#pragma once

#include <deque>
#include <vector>

#include "libprof/record/build.h"

namespace prof::record {

std::vector<Unprofiled> find_unprofiled(const std::deque<ProcessRecord>& processes);

}  // namespace prof::record
