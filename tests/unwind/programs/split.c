/* Built with -fsplit-stack: frames on stacks that are chained together as they grow. Burns some tenths of a
 * second 300 frames of 2 KiB deep, and prints "ok". */
#include <stdio.h>
#include <string.h>
#include <time.h>

#define APART __attribute__((noinline))

static volatile unsigned long sink;

APART void burn(void) {
  const clock_t end = clock() + CLOCKS_PER_SEC * 3 / 10;
  do {
    for (int i = 0; i < 200000; i++) sink += (unsigned long)i;
  } while (clock() < end);
}

APART static void descend(int depth) {
  volatile char frame[2048];
  frame[depth] = 1;
  if (depth == 0)
    burn();
  else
    descend(depth - 1);
  sink += (unsigned long)frame[depth];
}

APART static void start(void) { descend(300); }

int main(void) {
  start();
  puts("ok");
  return 0;
}
