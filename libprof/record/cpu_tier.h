// How finely CPU time is placed: by the kernel's tick, or past it by perf (docs/cpu-sampling.md).
#pragma once

#include <cstdint>
#include <string>

namespace prof::record {

// What the agents in the recorded processes were given.
struct CpuTier {
  uint64_t perf_threads = 0;  // threads with a perf clock; one that lost it and got another counts twice
  uint64_t refused = 0;       // threads that were refused one
  uint64_t taken = 0;         // how often a program took SIGPROF for itself, which ended its perf clocks
};

// How often a second the kernel looks at CPU timers.
int64_t timer_hz();

// Which tier ran at `hz`, and what it costs in precision; "" where the timers alone are as fine as asked.
std::string describe_tier(int64_t hz, const CpuTier& tier);

// What a recording would get here: tries it on the calling thread.
CpuTier try_tier();

}  // namespace prof::record
