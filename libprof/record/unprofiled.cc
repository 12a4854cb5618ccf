#include "libprof/record/unprofiled.h"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "libprof/record/program.h"

namespace prof::record {

namespace {

// It did run: a file that we do not find was found there.
std::string reason_for(const std::string& path, const std::string& directory) {
  const std::string spools = directory.empty() ? "the recording's directory" : directory;
  if (::access(find_file(path).c_str(), F_OK) != 0)
    return std::string("it is gone since, ") +
           (path.find('/') == std::string::npos ? "or on a PATH of its own, " : "") +
           "or ran in a root or mount namespace of its own that "
           "has no " +
           spools;
  const std::string reason = why_not_recorded(path);
  if (!reason.empty()) return reason;
  return "it was killed at once, ran as a user who cannot write to the recording, does not see " + spools +
         ", or another prof records it";
}

}  // namespace

std::vector<Unprofiled> find_unprofiled(const std::deque<ProcessRecord>& processes,
                                        const std::set<uint32_t>& refused, const std::string& directory) {
  std::multimap<uint32_t, const ProcessRecord*> spools;  // by number in some namespace
  for (const auto& process : processes) spools.emplace(process.pid, &process);
  std::map<std::string, uint64_t> missing;
  for (const auto& process : processes) {
    for (const Executed& one : process.executed) {
      const auto [first, last] = spools.equal_range(one.pid);
      const bool was_recorded = std::any_of(first, last, [&](const auto& known) {
        const ProcessRecord& other = *known.second;
        const bool may_be_same = other.pid_namespace == process.pid_namespace || other.pid_namespace == 0 ||
                                 process.pid_namespace == 0;
        return may_be_same && other.start_monotonic_ns >= one.time_ns;
      });
      if (!was_recorded && !refused.contains(one.pid)) missing[one.path]++;
    }
  }
  std::vector<Unprofiled> all;
  for (const auto& [path, times] : missing) all.push_back({path, reason_for(path, directory), times});
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.times > b.times; });
  return all;
}

}  // namespace prof::record
