// Clocks. Called from: signal handlers, hooks. Never blocks (CLOCK_MONOTONIC is read in the vdso).
//
// libc's own, past whatever the program has in front of it: a sanitizer's takes 2 KiB of a stack that a
// sample may not have, and a fake clock's may lock or allocate.
#pragma once

#include <time.h>

#include <cstdint>

namespace prof::agent {

// Writer: the constructor, once. Before, and in tests, it is what the program would call.
inline int (*libc_clock)(clockid_t, timespec*) = ::clock_gettime;

inline int64_t now_ns(clockid_t clock) {
  timespec now = {};
  libc_clock(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace prof::agent
