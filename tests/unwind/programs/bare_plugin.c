/* Burns CPU time in frames that only a table can unwind. */
#include <time.h>

extern void (*registered)(void);
static volatile unsigned long sink;

__attribute__((noinline)) static void plugin_burn(int depth) {
  volatile char frame[200];
  frame[0] = (char)depth;
  if (depth > 0) {
    plugin_burn(depth - 1);
  } else {
    struct timespec t;
    do {
      for (int i = 0; i < 20000; i++) sink += (unsigned long)i;
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    } while (t.tv_sec == 0 && t.tv_nsec < 300000000);
  }
  sink += (unsigned long)frame[0];
}

static void work(void) {
  plugin_burn(5);
  sink++;
}

__attribute__((constructor)) static void load(void) { registered = work; }
