#include "libprof/record/thread_times.h"

#include <algorithm>

namespace prof::record {
ThreadTimes::Times ThreadTimes::times(const std::vector<std::pair<uint32_t, uint64_t>>& counts,
                                      const Times& running) const {
  Times all = known_;
  all.insert(running.begin(), running.end());
  Times roots(counts.begin(), counts.end());
  for (const auto& [tid, ns] : roots) all.erase(tid);  // told there: of one that was renumbered
  std::unordered_map<uint32_t, bool> is_unclear;
  for (const auto& [tid, creator] : creators_) {
    uint32_t root = creator;
    // Numbers are reused: a thread may be its own ancestor by them.
    for (size_t steps = 0; !roots.contains(root) && steps < creators_.size(); steps++) {
      const auto next = creators_.find(root);
      if (next == creators_.end()) break;
      root = next->second;
    }
    const auto found = roots.find(root);
    if (found == roots.end()) continue;
    const auto time = all.find(tid);
    if (time == all.end()) {
      is_unclear[root] = true;
    } else {
      found->second -= std::min(found->second, time->second);
    }
  }
  for (const auto& [tid, ns] : roots) {
    if (!is_unclear.contains(tid)) all.insert_or_assign(tid, ns);
  }
  return all;
}

std::vector<uint32_t> ThreadTimes::unended() const {
  std::vector<uint32_t> all;
  for (const auto& [tid, creator] : creators_) {
    if (!known_.contains(tid)) all.push_back(tid);
  }
  return all;
}

}  // namespace prof::record
