// Clocks. Called from: signal handlers, hooks. Never blocks (CLOCK_MONOTONIC is read in the vdso).
#pragma once

#include <time.h>

#include <cstdint>

namespace prof::agent {

inline int64_t now_ns(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace prof::agent
