// The timers of the cpu engine, one a thread on that thread's own CPU clock, and their accounts.
//
// The kernel looks at CPU timers at its tick (4 ms at 250 Hz), so the periods that end between two looks come
// as one signal with an overrun, and those after a thread's last tick never come: the account knows when the
// first period ends and how many were counted, hence at any moment how many are owed. Totals are exact so,
// whatever the rate and however short the thread.
//
// Where the rate is past the tick, and the kernel allows it, a thread also has a perf clock (perf_clock.h)
// from its first tick on. Its signals say where the thread is in user mode, one period each. What the timer
// counts beyond them was spent in the kernel, and is carried until a tick that found the thread there.
// docs/cpu-sampling.md compares this rule with others.
#pragma once

#include <cstdint>

namespace prof::agent {

// Gives thread `tid` its timer, unless it has one. `since_birth`: periods run from the thread's first moment,
// not from now. `routine`: where it began, or 0. Called from: threads and signal handlers. Never blocks.
// Counts a drop where there is no timer.
void arm_timer(uint32_t tid, bool is_self, bool since_birth, uint64_t routine);

// What a timer's si_value points to is in here. Called from: the signal handler. Never blocks.
bool is_timer(const void* value);

// A signal: whose it was, and for how many periods its place stands; perhaps none.
struct Counted {
  uint32_t tid;
  uint64_t periods;
};
// The timer `value` says that `periods` ended. `in_syscall`: the signal came at the end of a system call.
// Called from: the signal handler. Never blocks.
Counted count_tick(void* value, uint64_t periods, bool in_syscall);
// Perf says that one ended, in user mode. Called from: the signal handler. Never blocks.
Counted count_perf();

// Whether perf clocks are wanted: from start, and while the target has no SIGPROF handler of its own, which
// must not be in the way of theirs. Called from: threads, signal handlers. Never blocks.
void want_perf();
void allow_perf(bool is_allowed);

// Stops the thread's timer and perf clock from signalling, and lets the timer go on: what it owes by then
// comes with its next signal. Called from: the thread, signal handlers. Never blocks.
void pause_timer(uint32_t tid);
void resume_timer(uint32_t tid);

// A timer, and what it owed: whole periods that ended uncounted, after those that were counted.
struct Settled {
  uint32_t tid;
  uint64_t routine;
  uint64_t periods;
  uint64_t counted;
};
// `is_end`: of the thread; a look at all threads leaves it alone from then on. Called from: the thread
// itself; else from stop. Never blocks. No periods where it had no timer.
Settled settle_timer(uint32_t tid, bool is_end);
// Settles each one. Called from: stop, one at a time. Never blocks.
void settle_all_timers(void (*visit)(const Settled& settled));
// What each one owes now is counted, once whoever else counts; the timers go on, and owe it no more. Called
// from: threads, signal handlers. Never blocks.
void count_all_owed(void (*visit)(const Settled& settled));
// Deletes the timers of threads that ended unseen. Called from: threads, signal handlers. Never blocks.
void delete_dead_timers();

// How many threads have a timer, or were refused one. Called from: anywhere. Never blocks.
uint32_t timer_count();

// In a fork's child, where timers are not inherited: forgets all. Called from: the fork handler.
void forget_timers();

}  // namespace prof::agent
