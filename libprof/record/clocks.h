// The kernel's clocks, asked by bare system calls: a library in front of libc's (libfaketime) shifts what
// that says, and the agent's times are the kernel's.
#pragma once

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

namespace prof::record {

// 0 where there is no such clock.
inline int64_t now_ns(clockid_t clock = CLOCK_MONOTONIC) {
  timespec now = {};
  const bool is_known = ::syscall(SYS_clock_gettime, clock, &now) == 0;
  return is_known ? int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec : 0;
}

// CPU time of a whole process, by the scheduler's count; 0 where there is no such process.
inline uint64_t cpu_ns_of(uint32_t pid) {
  return static_cast<uint64_t>(now_ns(static_cast<clockid_t>(~pid << 3 | 2)));
}

// The same by the kernel's ticks: all of it, and the part in user mode.
inline uint64_t ticked_ns_of(uint32_t pid) {
  return static_cast<uint64_t>(now_ns(static_cast<clockid_t>(~pid << 3 | 0)));
}
inline uint64_t ticked_user_ns_of(uint32_t pid) {
  return static_cast<uint64_t>(now_ns(static_cast<clockid_t>(~pid << 3 | 1)));
}

}  // namespace prof::record
