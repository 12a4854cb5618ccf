/* A program under the address sanitizer that leaks a block in leak(), or with "thread" reads one in a thread
 * after it was freed. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

int main(int count, char** arguments) {
  if (count > 1 && strcmp(arguments[1], "thread") == 0) {
    last = malloc(100);
    free(last);
    make_thread(last);
  }
  leak();
  return 0;
}
