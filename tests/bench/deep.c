/* CPU work at the bottom of 36 frames, for the recorder's cost: usage: deep ROUNDS. Each round is the same
 * work, so the CPU time of two runs differs only by what was done to them. Prints its own CPU time, in
 * seconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static volatile uint64_t sink;

__attribute__((noinline)) static void work(long rounds) {
  uint64_t x = 88172645463325252u;
  for (long i = 0; i < rounds * 1000; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  sink = x;
}

__attribute__((noinline)) static void descend(int depth, long rounds) {
  if (depth == 0) {
    work(rounds);
  } else {
    descend(depth - 1, rounds);
  }
  sink++; /* keeps the call from becoming a jump */
}

int main(int argc, char** argv) {
  if (argc != 2) return fprintf(stderr, "usage: deep ROUNDS\n"), 2;
  descend(32, atol(argv[1]));
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("%.6f\n", (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec));
  return 0;
}
