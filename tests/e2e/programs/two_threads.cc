// Two threads, each a quarter of its CPU time in light() and the rest in heavy().
// usage: two_threads MILLISECONDS (of CPU time of each thread). Prints getrusage's user + system nanoseconds.
#include <pthread.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/e2e/programs/burn.h"

[[gnu::noinline]] void heavy(int64_t until) {
  burn_until(until);
  asm volatile("");
}
[[gnu::noinline]] void light(int64_t until) {
  burn_until(until);
  asm volatile("");
}

void work(const char* name, int64_t ns) {
  ::pthread_setname_np(::pthread_self(), name);
  const int64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  heavy(start + ns * 3 / 4);
  light(start + ns);
  asm volatile("");
}

int main(int, char** argv) {
  const int64_t ns = std::atoll(argv[1]) * 1'000'000;
  std::thread other(work, "second", ns);
  work("first", ns);
  other.join();
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%lld\n", (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000'000LL +
                            (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL);
}
