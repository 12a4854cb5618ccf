// A parent and two children, each with 300 ms of CPU time of its own: one forked, one forked and executed.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/e2e/programs/burn.h"

[[gnu::noinline]] void parent_work() {
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 300'000'000);
  asm volatile("");
}
[[gnu::noinline]] void forked_work() {
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 300'000'000);
  asm volatile("");
}
[[gnu::noinline]] void executed_work() {
  burn_until(clock_ns(CLOCK_THREAD_CPUTIME_ID) + 300'000'000);
  asm volatile("");
}

int main(int count, char** argv) {
  if (count > 1) {
    executed_work();
    return 0;
  }
  if (::fork() == 0) {
    forked_work();
    return 0;
  }
  if (::fork() == 0) {
    ::execl(argv[0], argv[0], "executed", nullptr);
    ::_exit(127);
  }
  parent_work();
  while (::wait(nullptr) > 0) {
  }
}
