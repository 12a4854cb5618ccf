// The CPU time of each thread that perf sampled from outside: by when it came onto a CPU and left it. Samples
// alone are too few, for every thread's first period passes before its first sample, on each CPU anew, and
// periods that pass while the machine does something else are one sample.
//
// Not by PERF_RECORD_READ, the counts that threads leave at their end (inherit_stat): the kernel writes them
// into the rings of all CPUs from the one that the thread ends on, beside what those write, and a ring that
// two wrote at once is of no use any more.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace prof::record {

// In order of time, but for what was lost: a slice then. Times are CLOCK_MONOTONIC. Threads have numbers of
// the caller's, for the kernel's are used again.
class ThreadTimes {
 public:
  using Times = std::unordered_map<uint64_t, uint64_t>;  // nanoseconds by thread

  // Events were opened on a thread that may be on a CPU.
  void opened(uint64_t number, int64_t time_ns) { threads_[number].since_ns = time_ns; }
  void came(uint64_t number, int64_t time_ns);
  void left(uint64_t number, int64_t time_ns);
  // It is on a CPU: since it was opened, where it neither came nor left.
  void runs(uint64_t number, int64_t time_ns);

  std::vector<uint64_t> running() const;
  // It is not there any more, and its end was lost.
  void forget_turn(uint64_t number) { threads_[number].is_on_cpu = false; }

  // As of `now_ns`, and in proportion so that they add up to `total_ns`, which was counted: also where
  // records are lost, and with the time to switch between threads.
  Times times(int64_t now_ns, uint64_t total_ns) const;

 private:
  struct Thread {
    int64_t since_ns = 0;  // on a CPU; before its first record, when it was opened
    uint64_t ns = 0;       // in turns that are over
    bool is_on_cpu = false;
    bool is_known = false;  // has had a record
  };
  std::unordered_map<uint64_t, Thread> threads_;
};

}  // namespace prof::record
