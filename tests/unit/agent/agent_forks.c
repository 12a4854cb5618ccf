/* A program that forks while another thread loads libraries: agent_forks LIBRARY... Each child asks for an
 * address, which loads nothing. One that hangs is killed, and told. agent_forks raw: a thread makes a child
 * by a bare clone, which makes timers and ends its first thread; "lost" where one is gone then. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char** libraries;
static atomic_int is_over;

static void* load(void* unused) {
  for (char** library = libraries; *library != NULL; ++library) {
    if (dlopen(*library, RTLD_NOW) == NULL) printf("%s\n", dlerror());
  }
  is_over = 1;
  return unused;
}

enum { kTimers = 8 };
static int timers[kTimers];

static void* look_at_timers(void* unused) {
  usleep(300000);
  struct itimerspec left;
  int lost = 0;
  for (int i = 0; i < kTimers; ++i) lost += syscall(SYS_timer_gettime, timers[i], &left) != 0;
  _exit(lost);
  return unused;
}

static void* fork_raw(void* unused) {
  const long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) {
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    for (int i = 0; i < kTimers; ++i) syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &timers[i]);
    pthread_t thread;
    pthread_create(&thread, NULL, look_at_timers, NULL);
    pthread_exit(NULL);
  }
  int status = 0;
  waitpid((pid_t)child, &status, 0);
  if (status != 0) puts("lost");
  return unused;
}

int main(int count, char** arguments) {
  pthread_t thread;
  if (count > 1 && strcmp(arguments[1], "raw") == 0) {
    pthread_create(&thread, NULL, fork_raw, NULL);
    return pthread_join(thread, NULL);
  }
  libraries = arguments + 1;
  pthread_create(&thread, NULL, load, NULL);
  int failed = 0;
  while (!is_over && failed == 0) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(5);
      struct addrinfo hints = {0}, *found;
      hints.ai_flags = AI_NUMERICHOST;
      _exit(getaddrinfo("127.0.0.1", NULL, &hints, &found));
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) printf("a child ended with status %#x\n", status);
    failed += status != 0;
  }
  pthread_join(thread, NULL);
  return failed;
}
