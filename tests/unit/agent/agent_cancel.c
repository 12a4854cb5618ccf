/* A thread with a cancel pending goes on up to its next cancellation point, and neither exit nor fork is one:
 * agent_cancel exit ends with 7; agent_cancel fork has its child end with 42, and says so. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void* wait_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}

static void* fork_cancelled(void* unused) {
  pthread_cancel(pthread_self());
  const pid_t child = fork();
  if (child == 0) _exit(42);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  int status = 0;
  waitpid(child, &status, 0);
  printf("%d\n", WEXITSTATUS(status));
  return unused;
}

int main(int count, char** arguments) {
  pthread_t thread;
  if (count > 1 && strcmp(arguments[1], "fork") == 0) {
    pthread_create(&thread, NULL, fork_cancelled, NULL);
    return pthread_join(thread, NULL);
  }
  pthread_create(&thread, NULL, wait_for_ever, NULL);
  pthread_cancel(pthread_self());
  exit(7);
}
