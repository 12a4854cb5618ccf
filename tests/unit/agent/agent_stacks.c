/* agent_stacks KIND: a thread on a stack of that kind, deep in calls, where reading memory by a system call
 * is deadly. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>

enum { kDepth = 500, kStackSize = 1 << 20 };

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int recurse(int depth) {
  if (depth == 0) {
    for (int i = 0; i < 200; i++) {
      void* volatile block = malloc(100);
      free(block);
    }
    const double end = cpu_seconds() + 0.2;
    while (cpu_seconds() < end) {
    }
    return 0;
  }
  const int below = recurse(depth - 1);
  __asm__ volatile("");
  return below + 1;
}

/* For this thread; past libc, from which the agent hears of filters. */
static void forbid_reading_by_calls(void) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
  long result = SYS_seccomp;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"((long)SECCOMP_SET_MODE_FILTER), "S"(0L), "d"(&program)
                   : "rcx", "r11", "memory");
  if (result != 0) exit(4);
}

static void* work(void* unused) {
  forbid_reading_by_calls();
  recurse(kDepth);
  return unused;
}

static void by_pthreads(const pthread_attr_t* attributes) {
  pthread_t thread;
  if (pthread_create(&thread, attributes, work, NULL) != 0) exit(3);
  pthread_join(thread, NULL);
}

static int work_c11(void* unused) { return work(unused) != NULL; }
static void by_c11(void) {
  thrd_t thread;
  if (thrd_create(&thread, work_c11, NULL) != thrd_success) exit(3);
  thrd_join(thread, NULL);
}

static sem_t notified;
static void on_expiry(union sigval unused) {
  work(unused.sival_ptr);
  sem_post(&notified);
}
static void by_timer(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_expiry};
  const struct itimerspec at_once = {{0, 0}, {0, 1}};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) exit(3);
  timer_settime(timer, 0, &at_once, NULL);
  sem_wait(&notified);
}

int main(int count, char** names) {
  const char* const kind = count > 1 ? names[1] : "";
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  sem_init(&notified, 0, 0);
  if (strcmp(kind, "default") == 0) {
    by_pthreads(NULL);
  } else if (strcmp(kind, "attributes") == 0) {
    by_pthreads(&attributes);
  } else if (strcmp(kind, "sized") == 0) {
    pthread_attr_setstacksize(&attributes, kStackSize);
    by_pthreads(&attributes);
  } else if (strcmp(kind, "given") == 0) {
    void* const stack = mmap(NULL, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_setstack(&attributes, stack, kStackSize);
    by_pthreads(&attributes);
  } else if (strcmp(kind, "c11") == 0) {
    by_c11();
  } else if (strcmp(kind, "timer") == 0) {
    by_timer();
  } else {
    return 2;
  }
  return 0;
}
