// The CPU time of each thread that perf sampled from outside, by its own count: samples alone are too few,
// for every thread's first period passes before its first sample, on each CPU anew, and periods that pass
// while the machine does something else are one sample.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace prof::record {

class ThreadTimes {
 public:
  using Times = std::unordered_map<uint32_t, uint64_t>;  // nanoseconds by thread

  // PERF_RECORD_FORK, also of a new process's first thread: it inherited its creator's events.
  void forked(uint32_t tid, uint32_t by) { creators_[tid] = by; }
  // PERF_RECORD_READ, one a CPU, at the end of a thread that inherited its events.
  void ended(uint32_t tid, uint64_t ns) { known_[tid] += ns; }
  // At an exec the thread that calls it gets its process's number, under which its end is told.
  void renumbered(uint32_t tid) { known_.try_emplace(tid, 0); }

  // Those that are known. `counts`: of threads that events were opened on, with all that inherited these;
  // `running`: of those that are still there. A thread that events were opened on has what its descendants
  // leave of its count, so that it is not known where one of theirs is not.
  Times times(const std::vector<std::pair<uint32_t, uint64_t>>& counts, const Times& running) const;
  // Those that were forked and have not ended, as far as we were told.
  std::vector<uint32_t> unended() const;

 private:
  Times known_;
  std::unordered_map<uint32_t, uint32_t> creators_;
};

}  // namespace prof::record
