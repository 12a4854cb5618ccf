/* Frames of every shape that compilers make: alloca, realigned stacks, large frames, variable arguments, tail
 * calls, recursion, lazily bound calls, signal handlers on both stacks, longjmp. Built at -O0 and -O2. */
#define _GNU_SOURCE
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline))

static volatile int sink;
static jmp_buf back;

APART static int leaf(int x) { return x * 7 + sink; }

APART static int with_alloca(int n) {
  char* const buffer = alloca((size_t)n);
  memset(buffer, n, (size_t)n);
  return buffer[n / 2] + leaf(n);
}

/* A realigned frame, and one that has a variable size besides. */
APART static int realigned(int n) {
  int vector[8] __attribute__((aligned(64)));
  for (int i = 0; i < 8; i++) vector[i] = leaf(n + i);
  char* const buffer = alloca((size_t)n + 1);
  memset(buffer, 1, (size_t)n);
  return vector[n & 7] + with_alloca(n) + buffer[0];
}

APART static int large_frame(int n) {
  char buffer[40000];
  memset(buffer, n, 64);
  return buffer[n & 63] + realigned(n & 31);
}

APART static int add_all(int count, ...) {
  va_list all;
  va_start(all, count);
  int sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(all, int);
  va_end(all);
  return leaf(sum);
}

APART static int tail(int n) { return n == 0 ? add_all(3, 1, 2, 3) : tail(n - 1); }

APART static int recurse(int n) {
  if (n == 0) return tail(3);
  const int below = recurse(n - 1);
  return below + n;
}

static int by_value(const void* a, const void* b) { return *(const int*)a - *(const int*)b + leaf(0); }

static void on_signal(int number) { sink += recurse(number & 3); }

static void on_nested(int number) {
  sink += number;
  raise(SIGUSR1);
}

APART static void signals(void) {
  static char memory[1 << 16];
  const stack_t alternate = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  action.sa_handler = on_nested;
  action.sa_flags = 0;
  sigaction(SIGUSR2, &action, NULL);
  raise(SIGUSR1);
  raise(SIGUSR2);
}

APART static void jump(int n) {
  if (n == 0) longjmp(back, 1);
  if (sink != -1) jump(n - 1);
  sink++;
}

int main(void) {
  int numbers[24];
  for (int i = 0; i < 24; i++) numbers[i] = i * 7919 % 31;
  for (volatile int round = 0; round < 3; round++) {
    sink += with_alloca(30) + realigned(17) + large_frame(5) + recurse(12);
    qsort(numbers, 24, sizeof numbers[0], by_value);
    if (setjmp(back) == 0) jump(5);
    signals();
    char text[64];
    snprintf(text, sizeof text, "%d %.3f %s", sink, 1.5, strrchr("a/b", '/'));
    sink += atoi(text);
  }
  printf("%d\n", sink);
  return 0;
}
