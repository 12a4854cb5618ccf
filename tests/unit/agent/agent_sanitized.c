/* A program under the address sanitizer that leaks a block in leak(), or with "thread" reads one in a thread
 * after it was freed, or with "timer" leaks none: its one block is the loader's, for the notifying thread. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void* volatile last;
__attribute__((noinline)) static void leak(void) {
  last = malloc(1000);
  last = NULL;
}

static void* read_freed(void* block) { return *(void* volatile*)block; }
__attribute__((noinline)) static void make_thread(void* block) {
  pthread_t thread;
  pthread_create(&thread, NULL, read_freed, block);
  pthread_join(thread, NULL);
}

static void ignore(union sigval value) { (void)value; }
static void make_timer(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = ignore};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  timer_delete(timer);
  usleep(100000); /* the thread gets its memory itself */
}

int main(int count, char** arguments) {
  if (count > 1 && strcmp(arguments[1], "thread") == 0) {
    last = malloc(100);
    free(last);
    make_thread(last);
  }
  if (count > 1 && strcmp(arguments[1], "timer") == 0) {
    make_timer();
    return 0;
  }
  leak();
  return 0;
}
