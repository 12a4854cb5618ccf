/* A program that records itself: docs/embedding.md walks through it. usage: embed [DIRECTORY]
 *
 *   cc -g embed.c -lprof -o embed && ./embed && prof top cpu.prof */
#include <prof/prof.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t collatz_steps(uint64_t n) {
  uint64_t steps = 0;
  for (; n != 1; steps++) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
  return steps;
}

__attribute__((noinline)) static uint64_t longest_chain(uint64_t limit) {
  uint64_t longest = 0;
  for (uint64_t n = 1; n < limit; n++) {
    const uint64_t steps = collatz_steps(n);
    if (steps > longest) longest = steps;
  }
  return longest;
}

int main(int argc, char** argv) {
  struct prof_options options = {sizeof options};
  options.events = "cpu,heap";
  options.cpu_hz = 1000;
  options.directory = argc > 1 ? argv[1] : NULL;

  longest_chain(100000); /* not recorded */
  if (prof_start(&options) != 0) {
    fprintf(stderr, "%s\n", prof_error()); /* the program's work goes on without a profile */
  }
  printf("%llu\n", (unsigned long long)longest_chain(2000000));
  if (prof_stop() != 0) {
    fprintf(stderr, "%s\n", prof_error());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
