// Waits for locks, as the hooks of all kinds of locks see them: try first; only EBUSY is contention, every
// other answer is the answer. The wait is timed round the real call.
#pragma once

#include <errno.h>

#include "libprof/agent/clock.h"
#include "libprof/agent/state.h"

namespace prof::agent {

// Resolves the next functions of rwlock_hooks.cc. Called from: the constructor. Takes the loader's lock.
void init_rwlocks();

// Keeps the wait with probability wait / period, at most 1; the stack is the waiter's. Called from: hooks,
// after the wait. Never blocks.
void sample_wait(const void* lock, int64_t wait_ns);

// `real` is the real call. A self-lock of an error-checking mutex is EBUSY to a try: the real call then says
// EDEADLK at once, and that is no contention.
// Out of line, so that an uncontended lock saves no registers for it. Called from: hooks. Blocks where the
// real one does.
template <typename RealLock>
[[gnu::noinline]] int wait_for(const void* lock, RealLock real) {
  if (!is_recording(Kind::k_mutex)) return real();  // nor may the clock be read in every process
  const int64_t start = now_ns(CLOCK_MONOTONIC);
  const int result = real();
  if (result != EDEADLK && result != EINVAL) sample_wait(lock, now_ns(CLOCK_MONOTONIC) - start);
  return result;
}

// `tried` is what the try said. Called from: hooks. Blocks where the real one does.
template <typename RealLock>
[[gnu::always_inline]] inline int lock_contended(const void* lock, int tried, RealLock real) {
  if (__builtin_expect(tried != EBUSY, 1)) return tried;
  return wait_for(lock, real);
}

}  // namespace prof::agent
