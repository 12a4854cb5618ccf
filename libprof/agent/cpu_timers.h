// The timers of the cpu engine, one a thread on that thread's own CPU clock, and their accounts.
//
// The kernel looks at CPU timers at its tick (4 ms at 250 Hz), so the periods that end between two looks come
// as one signal with an overrun, and those after a thread's last tick never come: the account knows when the
// first period ends and how many were counted, hence at any moment how many are owed. Totals are exact so,
// whatever the rate and however short the thread.
#pragma once

#include <cstdint>

namespace prof::agent {

// Gives thread `tid` its timer, unless it has one. `since_birth`: periods run from the thread's first moment,
// not from now. `routine`: where it began, or 0. Called from: threads and signal handlers. Never blocks.
// Counts a drop where there is no timer.
void arm_timer(uint32_t tid, bool is_self, bool since_birth, uint64_t routine);

// What a timer's si_value points to is in here. Called from: the signal handler. Never blocks.
bool is_timer(const void* value);
// Counts `periods` for that timer. Returns its thread. Called from: the signal handler. Never blocks.
uint32_t count_periods(void* value, uint64_t periods);

// Stops the thread's timer from signalling, and lets it go on: what it owes by then comes with its next
// signal. Called from: the thread, signal handlers. Never blocks.
void pause_timer(uint32_t tid);
void resume_timer(uint32_t tid);

// A timer that is no more, and what it owed: whole periods that ended uncounted, after those that were
// counted.
struct Settled {
  uint32_t tid;
  uint64_t routine;
  uint64_t periods;
  uint64_t counted;
};
// Called from: the thread itself; else from stop. Never blocks. No periods where it had no timer.
Settled settle_timer(uint32_t tid);
// Settles each one. Called from: stop, one at a time. Never blocks.
void settle_all_timers(void (*visit)(const Settled& settled));
// Deletes the timers of threads that ended unseen. Called from: threads, signal handlers. Never blocks.
void delete_dead_timers();

// How many threads have a timer, or were refused one. Called from: anywhere. Never blocks.
uint32_t timer_count();

// In a fork's child, where timers are not inherited: forgets all. Called from: the fork handler.
void forget_timers();

}  // namespace prof::agent
