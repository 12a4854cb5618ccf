/* What a profiler's SIGPROF handler costs, without the kernel's part: usage: handler_bench SECONDS, with the
 * profiler preloaded. Puts a handler in front of the profiler's in the kernel, past any hook, which times the
 * profiler's as its own signals come: the first call of each with the caches as the program left them, then
 * some more of the same signal, warm. A third of the time is spent below 36 frames, one below 4, and one
 * below 36 of another thread.
 *
 * Prints "frames first warm signals" for each: medians in ns, less what timing an empty call takes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

struct kernel_action {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

enum { kMaxSignals = 1 << 16, kWarmCalls = 8 };
static struct {
  uint64_t first[kMaxSignals], warm[kMaxSignals * kWarmCalls];
  int signals;
} taken;
static void (*profilers)(int, siginfo_t*, void*);
static volatile uint64_t sink;

static void nothing(int number, siginfo_t* info, void* context) {
  sink += (uint64_t)number + (info == context);
}

static uint64_t timed(void (*call)(int, siginfo_t*, void*), int number, siginfo_t* info, void* context) {
  unsigned cpu;
  _mm_lfence();
  const uint64_t start = __rdtsc();
  _mm_lfence();
  call(number, info, context);
  return __rdtscp(&cpu) - start;
}

static void on_sigprof(int number, siginfo_t* info, void* context) {
  if (taken.signals == kMaxSignals) return;
  taken.first[taken.signals] = timed(profilers, number, info, context);
  for (int i = 0; i < kWarmCalls; i++) {
    taken.warm[taken.signals * kWarmCalls + i] = timed(profilers, number, info, context);
  }
  taken.signals++;
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

__attribute__((noinline)) static void work(double until) {
  do {
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 100000; i++) {
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
    }
    sink += x;
  } while (seconds(CLOCK_THREAD_CPUTIME_ID) < until);
}

__attribute__((noinline)) static void descend(int depth, double until) {
  if (depth == 0) {
    work(until);
  } else {
    descend(depth - 1, until);
  }
  sink++; /* keeps the call from becoming a jump */
}

static int by_size(const void* a, const void* b) {
  const uint64_t x = *(const uint64_t*)a, y = *(const uint64_t*)b;
  return (x > y) - (x < y);
}

static double median(uint64_t* values, int count) {
  qsort(values, (size_t)count, sizeof values[0], by_size);
  return (double)values[count / 2];
}

static double empty_call(void) {
  static uint64_t all[1001];
  for (int i = 0; i < 1001; i++) all[i] = timed(nothing, i, NULL, NULL);
  return median(all, 1001);
}

/* `depth` calls of descend below the thread's own frames. */
static int measure(int depth, double time) {
  taken.signals = 0;
  const double start = seconds(CLOCK_MONOTONIC);
  const uint64_t first = __rdtsc();
  descend(depth, seconds(CLOCK_THREAD_CPUTIME_ID) + time);
  const double ns = 1e9 * (seconds(CLOCK_MONOTONIC) - start) / (double)(__rdtsc() - first);
  const int count = taken.signals;
  const double empty = empty_call();
  if (count == 0) return fprintf(stderr, "handler_bench: no signal came\n"), 1;
  printf("%d %.0f %.0f %d\n", depth + 4, ns * (median(taken.first, count) - empty),
         ns * (median(taken.warm, count * kWarmCalls) - empty), count);
  return 0;
}

static void* measure_thread(void* time) { return measure(32, *(double*)time) == 0 ? NULL : time; }

static int in_a_thread(double time) {
  pthread_t thread;
  void* failed = NULL;
  if (pthread_create(&thread, NULL, measure_thread, &time) != 0) return perror("pthread_create"), 1;
  pthread_join(thread, &failed);
  return failed != NULL;
}

int main(int argc, char** argv) {
  if (argc != 2) return fprintf(stderr, "usage: handler_bench SECONDS\n"), 2;
  struct kernel_action action;
  if (syscall(SYS_rt_sigaction, SIGPROF, NULL, &action, 8) != 0 || (uintptr_t)action.handler < 4096) {
    return fprintf(stderr, "handler_bench: no profiler handles SIGPROF\n"), 1;
  }
  profilers = action.handler;
  action.handler = on_sigprof;
  if (syscall(SYS_rt_sigaction, SIGPROF, &action, NULL, 8) != 0) return perror("rt_sigaction"), 1;
  const double third = atof(argv[1]) / 3;
  return measure(32, third) || measure(0, third) || in_a_thread(third);
}
