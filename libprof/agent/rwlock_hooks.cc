// Readers-writer locks, std::shared_mutex among them: for the mutex kind, as mutexes are.
//
// Called from: threads. Block where the real ones do.
#include <pthread.h>

#include "libprof/agent/contention.h"
#include "libprof/agent/next.h"

namespace prof::agent {
namespace {

using Lock = int(pthread_rwlock_t*);
using TimedLock = int(pthread_rwlock_t*, const timespec*);
using ClockLock = int(pthread_rwlock_t*, clockid_t, const timespec*);

// One of the next functions. Written with the same value by our constructor and by first calls before it;
// those by a clock, which not every libc has, by first calls alone. Takes the loader's lock then.
template <typename Function>
struct Next {
  const char* name;
  Function* function = nullptr;

  void find() { function = find_next<Function>(name); }
  template <typename... Arguments>
  int operator()(Arguments... arguments) {
    if (__builtin_expect(function == nullptr, 0)) find();
    return function(arguments...);
  }
};

Next<Lock> next_rdlock = {"pthread_rwlock_rdlock"};
Next<Lock> next_wrlock = {"pthread_rwlock_wrlock"};
Next<Lock> next_tryrdlock = {"pthread_rwlock_tryrdlock"};
Next<Lock> next_trywrlock = {"pthread_rwlock_trywrlock"};
Next<TimedLock> next_timedrdlock = {"pthread_rwlock_timedrdlock"};
Next<TimedLock> next_timedwrlock = {"pthread_rwlock_timedwrlock"};
Next<ClockLock> next_clockrdlock = {"pthread_rwlock_clockrdlock"};
Next<ClockLock> next_clockwrlock = {"pthread_rwlock_clockwrlock"};

// Whether a lock that is free is granted: the real ones look at the time first.
bool is_valid(clockid_t clock, const timespec* until) {
  asm("" : "+r"(until));  // pthread.h promises that it is not null, so the compiler would leave the test out
  return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && until != nullptr && until->tv_nsec >= 0 &&
         until->tv_nsec < 1'000'000'000;
}

}  // namespace

void init_rwlocks() {
  for (Next<Lock>* const next : {&next_rdlock, &next_wrlock, &next_tryrdlock, &next_trywrlock}) next->find();
  for (Next<TimedLock>* const next : {&next_timedrdlock, &next_timedwrlock}) next->find();
}

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

extern "C" {

PROF_EXPORT int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  if (!is_recording(Kind::k_mutex)) return next_rdlock(lock);
  return lock_contended(lock, next_tryrdlock(lock), [=] { return next_rdlock(lock); });
}

PROF_EXPORT int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  if (!is_recording(Kind::k_mutex)) return next_wrlock(lock);
  return lock_contended(lock, next_trywrlock(lock), [=] { return next_wrlock(lock); });
}

PROF_EXPORT int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  if (!is_recording(Kind::k_mutex) || !is_valid(CLOCK_REALTIME, until)) return next_timedrdlock(lock, until);
  return lock_contended(lock, next_tryrdlock(lock), [=] { return next_timedrdlock(lock, until); });
}

PROF_EXPORT int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  if (!is_recording(Kind::k_mutex) || !is_valid(CLOCK_REALTIME, until)) return next_timedwrlock(lock, until);
  return lock_contended(lock, next_trywrlock(lock), [=] { return next_timedwrlock(lock, until); });
}

PROF_EXPORT int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                           const timespec* until) noexcept {
  if (!is_recording(Kind::k_mutex) || !is_valid(clock, until)) return next_clockrdlock(lock, clock, until);
  return lock_contended(lock, next_tryrdlock(lock), [=] { return next_clockrdlock(lock, clock, until); });
}

PROF_EXPORT int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                           const timespec* until) noexcept {
  if (!is_recording(Kind::k_mutex) || !is_valid(clock, until)) return next_clockwrlock(lock, clock, until);
  return lock_contended(lock, next_trywrlock(lock), [=] { return next_clockwrlock(lock, clock, until); });
}

}  // extern "C"
