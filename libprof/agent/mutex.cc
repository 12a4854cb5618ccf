// Mutexes, POSIX's and C11's, and the sampling of waits for any lock.
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include "libprof/agent/contention.h"
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
using C11Lock = int(mtx_t*);
using C11TimedLock = int(mtx_t*, const timespec*);

// Locks are taken before our constructor runs: first calls look the next functions up, without locking.
int first_lock(pthread_mutex_t* mutex);
int first_trylock(pthread_mutex_t* mutex);
int first_timedlock(pthread_mutex_t* mutex, const timespec* until);
int first_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until);

// Written with the same values by whoever calls first: not every libc has them.
C11Lock* next_mtx_lock = nullptr;
C11TimedLock* next_mtx_timedlock = nullptr;

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

}  // namespace

[[gnu::noinline]] void sample_wait(const void* lock, int64_t wait_ns) {
  if (!is_recording(Kind::k_mutex) || wait_ns <= 0) return;
  const auto wait = static_cast<uint64_t>(wait_ns);
  const uint64_t period = state->periods[static_cast<int>(Kind::k_mutex)];
  if (wait < period && thread_random().below(period) >= wait) return;
  const int saved = errno;
  Sample sample = {};
  sample.kind = Kind::k_mutex;
  sample.from = registers_here();
  sample.weight = 1;
  sample.value = wait;
  sample.id = reinterpret_cast<uint64_t>(lock);
  record(sample);
  errno = saved;
}

namespace {
void init() {
  resolve();
  init_rwlocks();
}
}  // namespace

const Engine mutex_engine = {init, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

// Called from: threads, before our constructor too. Block where the real ones do.
extern "C" {

PROF_EXPORT int pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (!is_recording(Kind::k_mutex)) return next.lock(mutex);
  return lock_contended(mutex, next.trylock(mutex), [mutex] { return next.lock(mutex); });
}

PROF_EXPORT int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) {
  if (!is_recording(Kind::k_mutex)) return next.timedlock(mutex, until);
  return lock_contended(mutex, next.trylock(mutex), [=] { return next.timedlock(mutex, until); });
}

PROF_EXPORT int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  // With any other clock even a mutex that is free is refused.
  const bool is_clock = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
  if (!is_recording(Kind::k_mutex) || !is_clock) return next.clocklock(mutex, clock, until);
  return lock_contended(mutex, next.trylock(mutex), [=] { return next.clocklock(mutex, clock, until); });
}

// glibc's mtx_t is a pthread_mutex_t. Unless the try got it, the real call answers, in C11's terms.
PROF_EXPORT int mtx_lock(mtx_t* mutex) {
  if (next_mtx_lock == nullptr) next_mtx_lock = find_next<C11Lock>("mtx_lock");
  if (!is_recording(Kind::k_mutex)) return next_mtx_lock(mutex);
  if (next.trylock(reinterpret_cast<pthread_mutex_t*>(mutex)) == 0) return thrd_success;
  return wait_for(mutex, [=] { return next_mtx_lock(mutex); });
}

PROF_EXPORT int mtx_timedlock(mtx_t* mutex, const timespec* until) {
  if (next_mtx_timedlock == nullptr) next_mtx_timedlock = find_next<C11TimedLock>("mtx_timedlock");
  if (!is_recording(Kind::k_mutex)) return next_mtx_timedlock(mutex, until);
  if (next.trylock(reinterpret_cast<pthread_mutex_t*>(mutex)) == 0) return thrd_success;
  return wait_for(mutex, [=] { return next_mtx_timedlock(mutex, until); });
}

}  // extern "C"
