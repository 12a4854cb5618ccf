// Whether a process that should be at work is not: one that is stopped, or waits for a disk that does not
// come, uses no CPU time; a collector that follows or writes uses some all the time.
#pragma once

#include <cstdint>

#include "libprof/agent/clock.h"

namespace prof::agent {

// Called from: a thread that waits for `pid`, now and then. Never blocks.
class Watch {
 public:
  explicit Watch(int pid, int64_t patience_ns = int64_t{10} * 1'000'000'000)
      : clock_(static_cast<clockid_t>(~static_cast<uint32_t>(pid) << 3 | 2)), patience_ns_(patience_ns) {}

  // Whether it used no CPU time for as long as the patience goes, of which the first look is the start.
  bool has_stalled() {
    const int64_t used = now_ns(clock_);
    const int64_t now = now_ns(CLOCK_MONOTONIC);
    if (used != used_ns_) {
      used_ns_ = used;
      since_ns_ = now;
    }
    return now - since_ns_ > patience_ns_;
  }

 private:
  clockid_t clock_;  // of the whole process, by the scheduler's account
  int64_t patience_ns_;
  int64_t used_ns_ = -1;
  int64_t since_ns_ = 0;
};

}  // namespace prof::agent
