// Where the lifetime of each thread of a process went, so that the totals of a wall-clock profile are exact
// and only the places are sampled: what no sample told by a thread's end is added to its latest stack.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

namespace prof::record {

struct ThreadAccount {
  int64_t begin_ns = 0;    // CLOCK_MONOTONIC
  uint64_t labels_at = 0;  // where its label set's number is in the target; 0: not known
  uint64_t routine = 0;    // where it began; 0: not known
  bool is_told = false;    // by the agent; else it was found from outside
  bool has_ended = false;
  int64_t gone_ns = 0;  // when it ended, as seen from outside; 0: it is there
  double seen_ns = 0;   // in samples

  // The latest look from outside: what the kernel had counted by then.
  int64_t looked_ns = 0;          // 0: never
  uint64_t run_ns = 0;            // on a CPU
  uint64_t ready_ns = 0;          // waiting for one
  uint64_t turns = 0;             // times that it came onto one
  double ran_ns = 0;              // on a CPU, since it began
  double unplaced_ns = 0;         // blocked between looks that found it running
  std::optional<uint32_t> waits;  // stack, where the latest look found it blocked
  size_t cut_with = 0;            // modules that were known when that stack was cut; 0: it is whole

  // Stacks of its latest samples.
  std::optional<uint32_t> last_run, last_wait;
};

class WallAccounts {
 public:
  // Told by the agent; one that was found from outside before is that one.
  ThreadAccount& begin(uint32_t tid, int64_t time_ns);
  // Found from outside, unless it is known.
  ThreadAccount& find(uint32_t tid, int64_t begin_ns);
  ThreadAccount* known(uint32_t tid);
  // What of its lifetime up to `time_ns` is in no sample: to be added to one. Threads that were seen too much
  // of, as samples stand for whole periods, take it from those that come after.
  double settle(ThreadAccount& account, int64_t time_ns);

  std::unordered_map<uint32_t, ThreadAccount>& all() { return accounts_; }

 private:
  std::unordered_map<uint32_t, ThreadAccount> accounts_;
  double overseen_ns_ = 0;
};

}  // namespace prof::record
