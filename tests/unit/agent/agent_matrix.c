/* What a program can see of signals, as a log: every way to install a handler with every set of flags, every
 * way to wait for a signal, and what a spawned program inherits; for SIGPROF and for another signal. It must
 * be the same with the agent and without it. Before each observation the thread burns CPU time, so that it is
 * sampled. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

extern char** environ;

static void burn(void) {
  struct timespec start, now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  do {
    for (volatile int i = 0; i < 5000; ++i) {
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 300000);
}

static const char* name_of(int number) { return number == SIGPROF ? "PROF" : "USR1"; }

static char alternate[1 << 16];

/* What the handler saw; a log line is made of it afterwards. */
static volatile struct {
  int calls, deepest, depth, on_alternate, code, value, blocks_self, blocks_usr2;
} seen;
static volatile int raises_again;

static void observe(int number, siginfo_t* info, void* context) {
  char here;
  ++seen.calls;
  if (++seen.depth > seen.deepest) seen.deepest = seen.depth;
  seen.on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  seen.blocks_self = sigismember(&mask, number);
  seen.blocks_usr2 = sigismember(&mask, SIGUSR2);
  if (context != NULL && info != NULL) {
    seen.code = info->si_code;
    seen.value = info->si_value.sival_int;
  }
  burn();
  if (raises_again && seen.calls == 1) raise(number);
  --seen.depth;
  errno = 77;
}
static void observe_plain(int number) { observe(number, NULL, NULL); }

static void forget(void) { memset((void*)&seen, 0, sizeof seen); }

static void show(const char* what, int number, int flags) {
  printf("%s %s %x: calls %d deepest %d alternate %d code %d value %d self %d usr2 %d\n", what,
         name_of(number), (unsigned)flags, seen.calls, seen.deepest, seen.on_alternate, seen.code, seen.value,
         seen.blocks_self, seen.blocks_usr2);
}

static void show_action(int number) {
  struct sigaction now;
  burn();
  sigaction(number, NULL, &now);
  const char* const handler = now.sa_handler == SIG_DFL         ? "default"
                              : now.sa_handler == SIG_IGN       ? "ignored"
                              : now.sa_handler == observe_plain ? "plain"
                                                                : "info";
  printf("  action %s flags %x restorer %d usr2 %d prof %d kill %d\n", handler, (unsigned)now.sa_flags,
         now.sa_restorer != NULL, sigismember(&now.sa_mask, SIGUSR2), sigismember(&now.sa_mask, SIGPROF),
         sigismember(&now.sa_mask, SIGKILL));
}

static void queue(int number) {
  const union sigval value = {.sival_int = 42};
  sigqueue(getpid(), number, value);
}

static void every_flag(int number) {
  static const int kFlags[] = {SA_RESTART, SA_NODEFER, (int)SA_RESETHAND,
                               SA_SIGINFO, SA_ONSTACK, SA_NOCLDWAIT};
  for (unsigned set = 0; set < 1u << 6; ++set) {
    struct sigaction action = {0};
    for (int i = 0; i < 6; ++i) action.sa_flags |= (set >> i & 1) != 0 ? kFlags[i] : 0;
    if ((action.sa_flags & SA_SIGINFO) != 0) {
      action.sa_sigaction = observe;
    } else {
      action.sa_handler = observe_plain;
    }
    sigaddset(&action.sa_mask, SIGUSR2);
    if (set % 2 != 0) sigaddset(&action.sa_mask, SIGKILL);
    sigaction(number, &action, NULL);
    forget();
    burn();
    queue(number);
    show("queued", number, action.sa_flags);
    show_action(number);
    signal(number, SIG_IGN); /* SA_RESETHAND: a second one would kill */
    raises_again = (action.sa_flags & (int)SA_RESETHAND) == 0;
    sigaction(number, &action, NULL);
    forget();
    raise(number);
    raises_again = 0;
    show("raised", number, action.sa_flags);
    show_action(number);
  }
}

/* A read that a signal meets: restarted, or EINTR. The helper sends it once the reader sleeps. */
static int pipe_ends[2];
static pthread_t reader;
static volatile int helper_signal;
static void* interrupt_reader(void* unused) {
  usleep(20000);
  pthread_kill(reader, helper_signal);
  usleep(20000);
  if (write(pipe_ends[1], "x", 1) != 1) abort();
  return unused;
}
static void read_and_show(const char* how, int number) {
  char byte;
  pthread_t helper;
  reader = pthread_self();
  helper_signal = number;
  forget();
  burn();
  pthread_create(&helper, NULL, interrupt_reader, NULL);
  const ssize_t size = read(pipe_ends[0], &byte, 1);
  printf("read %s %s: %zd %s, calls %d\n", how, name_of(number), size, size < 0 ? strerror(errno) : "",
         seen.calls);
  pthread_join(helper, NULL);
  if (size < 0 && read(pipe_ends[0], &byte, 1) != 1) abort();
}

static void every_installer(int number) {
  struct sigaction action = {0};
  action.sa_handler = observe_plain;
  sigaction(number, &action, NULL);
  read_and_show("sigaction", number);
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, NULL);
  read_and_show("SA_RESTART", number);
  siginterrupt(number, 1);
  show_action(number);
  read_and_show("siginterrupt 1", number);
  signal(number, observe_plain);
  show_action(number);
  read_and_show("signal after siginterrupt 1", number);
  siginterrupt(number, 0);
  show_action(number);
  printf("signal was %s\n", signal(number, observe_plain) == observe_plain ? "ours" : "another");
  show_action(number);
  read_and_show("signal", number);
  sighandler_t (*const bsd)(int, sighandler_t) = signal;
  bsd(number, observe_plain);
  show_action(number);
  printf("sysv_signal was %d\n", sysv_signal(number, observe_plain) == observe_plain);
  show_action(number);
  forget();
  raise(number);
  show("sysv_signal", number, 0);
  show_action(number);
  printf("sigset was %d\n", sigset(number, observe_plain) == SIG_DFL);
  show_action(number);
  printf("sigset hold was %d\n", sigset(number, SIG_HOLD) == observe_plain);
  printf("sigset from hold was %d\n", sigset(number, observe_plain) == SIG_HOLD);
  forget();
  sighold(number);
  raise(number);
  burn();
  show("held", number, 0);
  sigrelse(number);
  show("released", number, 0);
  sigignore(number);
  show_action(number);
  raise(number);
}

static void* send_soon(void* target) {
  usleep(20000);
  pthread_kill(*(pthread_t*)target, helper_signal);
  return NULL;
}
static pthread_t send_to_me(int number) {
  pthread_t sender;
  reader = pthread_self();
  helper_signal = number;
  burn();
  pthread_create(&sender, NULL, send_soon, &reader);
  return sender;
}

/* REQUIRES: it is blocked. */
static void wait_with(int number, sighandler_t handler) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  signal(number, handler);
  siginfo_t info;
  int got = 0;

  pthread_t sender = send_to_me(number);
  printf("sigwait %d", sigwait(&only, &got));
  printf(" got %d\n", got == number);
  pthread_join(sender, NULL);
  sender = send_to_me(number);
  got = sigwaitinfo(&only, &info);
  printf("sigwaitinfo %d code %d\n", got == number, info.si_code);
  pthread_join(sender, NULL);
  queue(number);
  const struct timespec soon = {0, 1000000}, late = {5, 0};
  got = sigtimedwait(&only, &info, &late);
  printf("sigtimedwait %d value %d\n", got == number, info.si_value.sival_int);
  burn();
  got = sigtimedwait(&only, &info, &soon);
  printf("sigtimedwait for nothing %d %d\n", got, errno == EAGAIN);

  const int fd = signalfd(-1, &only, SFD_CLOEXEC);
  struct signalfd_siginfo event;
  memset(&event, 0, sizeof event);
  queue(number);
  const ssize_t size = read(fd, &event, sizeof event);
  printf("signalfd %zd %d value %d\n", size, (int)event.ssi_signo == number, event.ssi_int);
  close(fd);
}

static void every_wait(int number) {
  sigset_t only, before, open;
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_BLOCK, &only, &before);
  open = before;
  sigdelset(&open, number);
  wait_with(number, SIG_DFL);
  wait_with(number, observe_plain);
  const struct timespec late = {5, 0};
  for (int way = 0; way < 4; ++way) {
    static const char* const kNames[] = {"sigsuspend", "ppoll", "pselect", "epoll_pwait"};
    const int epoll = epoll_create1(0);
    struct epoll_event none;
    forget();
    raise(number); /* blocked: waits until the call opens the mask */
    burn();
    const int calls_before = seen.calls;
    const int code = way == 0   ? sigsuspend(&open)
                     : way == 1 ? ppoll(NULL, 0, &late, &open)
                     : way == 2 ? pselect(0, NULL, NULL, NULL, &late, &open)
                                : epoll_pwait(epoll, &none, 1, 5000, &open);
    const int error = errno;
    pthread_sigmask(SIG_BLOCK, NULL, &open);
    printf("%s %d %s calls %d then %d, blocked after %d\n", kNames[way], code, strerror(error), calls_before,
           seen.calls, sigismember(&open, number));
    sigdelset(&open, number);
    close(epoll);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* What a program that is spawned begins with. */
static void every_inheritance(int number) {
  for (int way = 0; way < 4; ++way) {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    if ((way & 1) != 0) {
      posix_spawnattr_setsigmask(&attributes, &set);
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    }
    signal(number, (way & 2) != 0 ? SIG_IGN : SIG_DFL);
    if (way == 3) {
      posix_spawnattr_setsigdefault(&attributes, &set);
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    }
    char* const argv[] = {(char*)"agent_matrix", (char*)"child", NULL};
    pid_t child;
    int status = -1;
    printf("spawn %s way %d:\n", name_of(number), way);
    fflush(stdout);
    burn();
    if (posix_spawn(&child, "/proc/self/exe", NULL, &attributes, argv, environ) == 0)
      waitpid(child, &status, 0);
    printf("  ended %x\n", (unsigned)status);
    posix_spawnattr_destroy(&attributes);
  }
}

static void be_child(void) {
  sigset_t mask;
  burn();
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  for (int i = 0; i < 2; ++i) {
    const int number = i == 0 ? SIGPROF : SIGUSR1;
    printf("  %s blocked %d\n", name_of(number), sigismember(&mask, number));
    show_action(number);
  }
  printf("  STKFLT blocked %d\n", sigismember(&mask, SIGSTKFLT));
}

int main(int count, char** argv) {
  if (count > 1 && strcmp(argv[1], "child") == 0) return be_child(), 0;
  const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  if (pipe(pipe_ends) != 0) return 1;
  for (int i = 0; i < 2; ++i) {
    const int number = i == 0 ? SIGPROF : SIGUSR1;
    every_flag(number);
    every_installer(number);
    every_wait(number);
    every_inheritance(number);
  }
  puts("end");
  return 0;
}
