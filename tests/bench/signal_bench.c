/* How long a signal interrupts a program, by where it comes from, whatever its handler does: an empty one
 * here. Prints a line for each source: its name and the median interruption in ns, from the last instruction
 * before to the first after. A source that the kernel refuses is left out. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

enum { kHz = 1000, kTickHz = 250, kSignals = 400 };
static volatile long signals;

static void count(int number) {
  (void)number;
  signals++;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int compare(const void* a, const void* b) {
  const uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
  return (x > y) - (x < y);
}

static void report(const char* name) {
  static uint64_t gaps[kSignals];
  const double start = now();
  const uint64_t first = __rdtsc();
  uint64_t last = first;
  long seen = signals;
  for (int n = 0; n < kSignals;) {
    const uint64_t before = __rdtsc();
    if (signals == seen) { /* else it came between the two, or since the last look */
      last = before;
      continue;
    }
    seen = signals;
    gaps[n++] = __rdtsc() - last;
  }
  const double ns = (now() - start) / (double)(last - first);
  qsort(gaps, kSignals, sizeof gaps[0], compare);
  printf("%s %.0f\n", name, ns * (double)gaps[kSignals / 2]);
}

static void bench_timer(void) {
  timer_t timer;
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGPROF;
  const struct timespec period = {0, 1000000000 / kTickHz};
  const struct itimerspec times = {period, period};
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) return;
  timer_settime(timer, 0, &times, NULL);
  report("timer");
  timer_delete(timer);
}

static void bench_perf(const char* name, int is_sigtrap) {
  struct perf_event_attr what;
  memset(&what, 0, sizeof what);
  what.size = sizeof what;
  what.type = PERF_TYPE_SOFTWARE;
  what.config = PERF_COUNT_SW_CPU_CLOCK;
  what.sample_period = 1000000000 / kHz;
  what.exclude_kernel = 1;
  what.wakeup_events = 1;
  what.sigtrap = is_sigtrap != 0;
  what.remove_on_exec = is_sigtrap != 0;
  const int clock = (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (clock < 0) return;
  const struct f_owner_ex owner = {F_OWNER_TID, getpid()};
  if (is_sigtrap || (fcntl(clock, F_SETSIG, SIGPROF) == 0 && fcntl(clock, F_SETOWN_EX, &owner) == 0 &&
                     fcntl(clock, F_SETFL, O_ASYNC) == 0)) {
    report(name);
  }
  close(clock);
}

int main(void) {
  signal(SIGPROF, count);
  signal(SIGTRAP, count);
  bench_timer();
  bench_perf("perf", 0);
  bench_perf("sigtrap", 1);
  return 0;
}
