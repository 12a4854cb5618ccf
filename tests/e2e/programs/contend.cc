// Known contention: the main thread holds the lock until the other one has been waiting for about a
// millisecond. usage: contend ROUNDS. Prints "contentions nanoseconds-waited", by the waiter's own clock; a
// round whose waiter came too late, which a loaded machine makes, is none.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/e2e/programs/burn.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static std::atomic<int> turn = 0;  // round r: 2r the holder's, 2r + 1 the waiter's

// 0 where nobody held it.
[[gnu::noinline]] int64_t wait_for_lock() {
  if (pthread_mutex_trylock(&lock) == 0) return pthread_mutex_unlock(&lock);
  const int64_t start = clock_ns(CLOCK_MONOTONIC);
  pthread_mutex_lock(&lock);
  const int64_t waited = clock_ns(CLOCK_MONOTONIC) - start;
  pthread_mutex_unlock(&lock);
  return waited;
}

int main(int, char** argv) {
  const int rounds = std::atoi(argv[1]);
  long long waited = 0;
  int contentions = 0;
  std::thread waiter([&] {
    for (int round = 0; round < rounds; round++) {
      while (turn.load() != 2 * round + 1) ::sched_yield();
      const int64_t wait = wait_for_lock();
      waited += wait;
      contentions += wait > 0 ? 1 : 0;
      turn.store(2 * round + 2);
    }
  });
  for (int round = 0; round < rounds; round++) {
    while (turn.load() != 2 * round) ::sched_yield();
    pthread_mutex_lock(&lock);
    turn.store(2 * round + 1);
    ::usleep(1000);
    pthread_mutex_unlock(&lock);
  }
  waiter.join();
  std::printf("%d %lld\n", contentions, waited);
}
