// What `prof record` asks of the agents in the program's processes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "libprof/record/recorder.h"

namespace prof::record {

inline bool is_among(const std::vector<Kind>& kinds, Kind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

// Whose events come at a known rate.
inline bool has_rate(Kind kind) { return kind == Kind::k_cpu || kind == Kind::k_wall; }

// Bytes of each process's ring.
uint64_t ring_size(const std::vector<Kind>& kinds, const uint64_t (&periods)[kKindCount],
                   uint64_t max_memory);

// The value of spool::kConfigVariable for spools in `directory`; unwind tables of earlier recordings are in
// `tables`, "" for nowhere.
std::string agent_config(const std::string& directory, const std::string& tables,
                         const RecordOptions& options, uint64_t ring, const uint64_t (&periods)[kKindCount]);

}  // namespace prof::record
