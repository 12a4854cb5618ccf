// Mutexes: try first; only EBUSY is contention, everything else is the answer. The wait is timed round the
// real lock and kept with probability wait / period, at most 1; the stack is the waiter's.
#include <errno.h>
#include <pthread.h>

#include "libprof/agent/clock.h"
#include "libprof/agent/engine.h"
#include "libprof/agent/next.h"
#include "libprof/agent/record.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

using Lock = int(pthread_mutex_t*);
using TimedLock = int(pthread_mutex_t*, const timespec*);
using ClockLock = int(pthread_mutex_t*, clockid_t, const timespec*);

// Locks are taken before our constructor runs: first calls look the next functions up, without locking.
int first_lock(pthread_mutex_t* mutex);
int first_trylock(pthread_mutex_t* mutex);
int first_timedlock(pthread_mutex_t* mutex, const timespec* until);
int first_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until);

// Written with the same values by whoever is first; a stale one is a first_ function, which works.
struct {
  Lock* lock = first_lock;
  Lock* trylock = first_trylock;
  TimedLock* timedlock = first_timedlock;
  ClockLock* clocklock = first_clocklock;
} next;

void resolve() {
  next.lock = find_next<Lock>("pthread_mutex_lock");
  next.trylock = find_next<Lock>("pthread_mutex_trylock");
  next.timedlock = find_next<TimedLock>("pthread_mutex_timedlock");
  next.clocklock = find_next<ClockLock>("pthread_mutex_clocklock");
}

int first_lock(pthread_mutex_t* mutex) {
  resolve();
  return next.lock(mutex);
}
int first_trylock(pthread_mutex_t* mutex) {
  resolve();
  return next.trylock(mutex);
}
int first_timedlock(pthread_mutex_t* mutex, const timespec* until) {
  resolve();
  return next.timedlock(mutex, until);
}
int first_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  resolve();
  return next.clocklock(mutex, clock, until);
}

// Called from: the hooks below, with the lock held. Never blocks.
[[gnu::noinline]] void sample_wait(const void* mutex, int64_t wait_ns) {
  if (!is_recording(Kind::k_mutex) || wait_ns <= 0) return;
  const auto wait = static_cast<double>(wait_ns);
  const auto period = static_cast<double>(state->periods[static_cast<int>(Kind::k_mutex)]);
  if (wait < period && thread_random().unit() * period > wait) return;
  const int saved = errno;
  Sample sample = {};
  sample.kind = Kind::k_mutex;
  sample.from = registers_here();
  sample.weight = 1;
  sample.value = static_cast<uint64_t>(wait_ns);
  sample.id = reinterpret_cast<uint64_t>(mutex);
  record(sample);
  errno = saved;
}

// `lock` is the real call. A self-lock of an error-checking mutex is EBUSY to trylock: the real lock then
// says EDEADLK at once, and that is no contention.
// Out of line, so that an uncontended lock saves no registers for it.
template <typename RealLock>
[[gnu::noinline]] int wait_for(pthread_mutex_t* mutex, RealLock lock) {
  if (!is_recording(Kind::k_mutex)) return lock();  // nor may the clock be read in every process
  const int64_t start = now_ns(CLOCK_MONOTONIC);
  const int result = lock();
  if (result != EDEADLK && result != EINVAL) sample_wait(mutex, now_ns(CLOCK_MONOTONIC) - start);
  return result;
}

template <typename RealLock>
[[gnu::always_inline]] inline int lock_contended(pthread_mutex_t* mutex, RealLock lock) {
  const int code = next.trylock(mutex);
  if (__builtin_expect(code != EBUSY, 1)) return code;
  return wait_for(mutex, lock);
}

}  // namespace

const Engine mutex_engine = {resolve, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

// Called from: threads, before our constructor too. Block where the real ones do.
extern "C" {

PROF_EXPORT int pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (!is_recording(Kind::k_mutex)) return next.lock(mutex);
  return lock_contended(mutex, [mutex] { return next.lock(mutex); });
}

PROF_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) {
  if (!is_recording(Kind::k_mutex)) return next.timedlock(mutex, until);
  return lock_contended(mutex, [=] { return next.timedlock(mutex, until); });
}

PROF_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  // With any other clock even a mutex that is free is refused.
  const bool is_clock = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
  if (!is_recording(Kind::k_mutex) || !is_clock) return next.clocklock(mutex, clock, until);
  return lock_contended(mutex, [=] { return next.clocklock(mutex, clock, until); });
}

}  // extern "C"
