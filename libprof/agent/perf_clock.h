// Samples past the kernel's timer rate: a perf cpu-clock event on a thread, which sends it SIGPROF (si_code
// POLL_IN) whenever a period of its CPU time ends in user mode. Time in the kernel takes privilege to see so:
// the thread's timer has it (cpu_timers.h).
//
// The event is held by a page that is mapped of it, and its descriptor is closed at once: a program never
// finds a descriptor of ours open, cannot close it, and a fork's child or an exec does not inherit it. While
// it is made, for some microseconds, a number is taken that another thread's open() passes over.
#pragma once

#include <cstdint>

namespace prof::agent {

// How often the kernel looks at CPU timers: its tick, ns. Called from: threads. Never blocks.
uint64_t kernel_tick_ns();

// Whether perf may be asked at all. Not under a seccomp filter: some kill who asks.
// Called from: threads. Never blocks.
bool may_use_perf();

// An event on the calling thread. Called from: the signal handler. Never blocks. Null where it is refused;
// `is_final`: it will always be, to every thread.
void* open_perf_clock(uint64_t period_ns, bool& is_final);
// Called from: threads, signal handlers. Never blocks. A signal that was sent before may still come.
void close_perf_clock(void* clock);

}  // namespace prof::agent
