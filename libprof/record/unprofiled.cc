#include "libprof/record/unprofiled.h"

#include <algorithm>
#include <map>

#include "libprof/record/program.h"

namespace prof::record {

std::vector<Unprofiled> find_unprofiled(const std::deque<ProcessRecord>& processes) {
  std::map<uint32_t, std::vector<int64_t>> starts;  // of the spools of each pid
  for (const auto& process : processes) starts[process.pid].push_back(process.start_monotonic_ns);
  std::map<std::string, uint64_t> missing;
  for (const auto& process : processes) {
    for (const Executed& one : process.executed) {
      const auto& known = starts[one.pid];
      const bool was_recorded =
          std::any_of(known.begin(), known.end(), [&](int64_t start) { return start >= one.time_ns; });
      if (!was_recorded) missing[one.path]++;
    }
  }
  std::vector<Unprofiled> all;
  for (const auto& [path, times] : missing) {
    const std::string reason = why_not_recorded(path);
    all.push_back({path,
                   reason.empty()
                       ? "it was killed at once, or ran as a user who cannot write to the recording"
                       : reason,
                   times});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.times > b.times; });
  return all;
}

}  // namespace prof::record
