// CPU time by the thread's own clock: the programs know exactly how much they used, and where.
#pragma once

#include <cstdint>
#include <ctime>

inline int64_t clock_ns(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

// Inlined, so that the time is its caller's.
[[gnu::always_inline]] inline void burn_until(int64_t thread_cpu_ns) {
  volatile uint64_t sink = 0;
  while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < thread_cpu_ns) {
    for (int i = 0; i < 100'000; i++) sink = sink + static_cast<uint64_t>(i);
  }
}
