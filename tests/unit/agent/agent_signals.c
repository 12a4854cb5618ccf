/* Signals under the agent: agent_signals CASE. Each case asserts what POSIX promises the program, and prints
 * "ok": with the agent or without it. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <errno.h>
#include <fenv.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define CHECK(condition)                                               \
  do {                                                                 \
    if (!(condition)) {                                                \
      printf("line %d: %s (errno %d)\n", __LINE__, #condition, errno); \
      exit(1);                                                         \
    }                                                                  \
  } while (0)

static volatile unsigned long sink;

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

__attribute__((noinline)) static void spin(double seconds) {
  const double end = cpu_seconds() + seconds;
  do {
    for (int i = 0; i < 2000; i++) sink += (unsigned long)i;
  } while (cpu_seconds() < end);
}

static sigset_t set_of(int number) {
  sigset_t set;
  sigemptyset(&set);
  if (number != 0) sigaddset(&set, number);
  return set;
}

static int is_blocked(int number) {
  sigset_t now;
  CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
  return sigismember(&now, number);
}

static int is_pending(int number) {
  sigset_t now;
  CHECK(sigpending(&now) == 0);
  return sigismember(&now, number);
}

/* A thread that blocks all signals works, and reads back what it set. */
static void* work_blocked(void* seconds) {
  sigset_t all, before, empty = set_of(0);
  sigfillset(&all);
  CHECK(is_blocked(SIGPROF)); /* inherited */
  CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0 && sigismember(&before, SIGPROF) == 1);
  spin(*(double*)seconds);
  CHECK(is_blocked(SIGPROF) && is_blocked(SIGUSR1));
  CHECK(pthread_sigmask(SIG_SETMASK, &empty, &before) == 0);
  CHECK(sigismember(&before, SIGPROF) == 1 && sigismember(&before, SIGUSR1) == 1);
  CHECK(!is_blocked(SIGPROF) && !is_blocked(SIGUSR1));
  return NULL;
}

static void blocked(void) {
  sigset_t all, before;
  sigfillset(&all);
  CHECK(!is_blocked(SIGPROF));
  CHECK(sigprocmask(SIG_BLOCK, &all, &before) == 0 && sigismember(&before, SIGPROF) == 0);
  CHECK(sigprocmask(12345, &all, NULL) == -1 && errno == EINVAL);
  CHECK(is_blocked(SIGPROF));
  double seconds = 0.3;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, work_blocked, &seconds) == 0);
  spin(seconds);
  CHECK(pthread_join(thread, NULL) == 0);
  const sigset_t prof = set_of(SIGPROF);
  CHECK(sigprocmask(SIG_UNBLOCK, &prof, &before) == 0 && sigismember(&before, SIGPROF) == 1);
  CHECK(!is_blocked(SIGPROF) && is_blocked(SIGUSR1));
  const pid_t child = fork();
  if (child == 0) _exit(is_blocked(SIGPROF) || !is_blocked(SIGUSR1));
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* SIGPROF sent to a program that blocks it, has no handler, and waits for it. */
static void* wait_for_prof(void* got) {
  const sigset_t prof = set_of(SIGPROF);
  CHECK(sigwait(&prof, got) == 0);
  return NULL;
}

static void waited_for(void) {
  const sigset_t prof = set_of(SIGPROF);
  CHECK(pthread_sigmask(SIG_BLOCK, &prof, NULL) == 0);
  spin(0.05);
  pthread_t thread;
  int got = 0;
  CHECK(pthread_create(&thread, NULL, wait_for_prof, &got) == 0);
  CHECK(kill(getpid(), SIGPROF) == 0);
  CHECK(pthread_join(thread, NULL) == 0 && got == SIGPROF);
  CHECK(raise(SIGPROF) == 0 && is_pending(SIGPROF) && is_blocked(SIGPROF));
  siginfo_t info;
  CHECK(sigwaitinfo(&prof, &info) == SIGPROF && info.si_pid == getpid());
  CHECK(!is_pending(SIGPROF));
  signal(SIGPROF, SIG_IGN);
  CHECK(pthread_sigmask(SIG_UNBLOCK, &prof, NULL) == 0 && raise(SIGPROF) == 0);
  CHECK(signal(SIGPROF, SIG_DFL) == SIG_IGN);
}

/* A signal that only becomes pending changes nothing in the code that it comes to: errno was EAGAIN. */
static void sent_blocked(void) {
  const sigset_t prof = set_of(SIGPROF);
  for (int i = 0; i < 10; i++) {
    CHECK(pthread_sigmask(SIG_BLOCK, &prof, NULL) == 0);
    spin(0.01);
    errno = 0;
    CHECK(kill(getpid(), SIGPROF) == 0);
    CHECK(errno == 0);
    spin(0.01);
    CHECK(errno == 0);
    siginfo_t info;
    CHECK(sigwaitinfo(&prof, &info) == SIGPROF && info.si_pid == getpid());
    CHECK(pthread_sigmask(SIG_UNBLOCK, &prof, NULL) == 0);
  }
}

/* With all signals blocked, one that came and waits unblocks no other. */
static void both_sent_blocked(void) {
  sigset_t all, none = set_of(0);
  sigfillset(&all);
  CHECK(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
  CHECK(raise(SIGPROF) == 0 && raise(SIGSTKFLT) == 0 && is_pending(SIGPROF) && is_pending(SIGSTKFLT));
  siginfo_t info;
  CHECK(sigwaitinfo(&all, &info) > 0 && sigwaitinfo(&all, &info) > 0);
  CHECK(!is_pending(SIGPROF) && !is_pending(SIGSTKFLT));
  CHECK(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
}

static volatile sig_atomic_t calls, on_stack, usr1_blocked, prof_blocked, depth, deepest;
static char alternate_stack[1 << 16];

static void note(int number) {
  CHECK(number == SIGPROF);
  const char here = 0;
  const char* volatile at = &here;
  on_stack = at >= alternate_stack && at < alternate_stack + sizeof alternate_stack;
  usr1_blocked = is_blocked(SIGUSR1);
  prof_blocked = is_blocked(SIGPROF);
  if (++depth > deepest) deepest = depth;
  if (calls++ == 0) raise(SIGPROF); /* waits for the end, or nests with SA_NODEFER */
  depth--;
}

static void install(int flags, int masked) {
  struct sigaction action = {.sa_handler = note, .sa_flags = flags, .sa_mask = set_of(masked)}, before;
  CHECK(sigaction(SIGPROF, &action, NULL) == 0);
  CHECK(sigaction(SIGPROF, NULL, &before) == 0);
  CHECK(before.sa_handler == note && before.sa_flags == (flags | 0x04000000) /* SA_RESTORER */);
  CHECK(sigismember(&before.sa_mask, SIGUSR1) == (masked == SIGUSR1));
  calls = deepest = 0;
}

/* One raised in the handler, which waits there for its end, may meet a tick that waits and be one with it
   (docs/other-programs.md): not five times in a row. */
static int raises_two(int flags, int masked) {
  for (int attempt = 0; attempt < 5; attempt++) {
    install(flags, masked);
    CHECK(raise(SIGPROF) == 0 && calls >= 1 && deepest == 1);
    if (calls == 2) return 1;
  }
  return 0;
}

static void own_handler(void) {
  const stack_t alternate = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
  CHECK(sigaltstack(&alternate, NULL) == 0);
  spin(0.02);
  CHECK(raises_two(0, 0) && !on_stack && !usr1_blocked && prof_blocked);
  spin(0.02);
  CHECK(raises_two(SA_ONSTACK, SIGUSR1) && on_stack && usr1_blocked && prof_blocked);
  install(SA_NODEFER, 0);
  CHECK(raise(SIGPROF) == 0 && calls == 2 && deepest == 2 && !prof_blocked);
  install((int)SA_RESETHAND | SA_NODEFER, 0);
  struct sigaction now;
  calls = 1;
  CHECK(raise(SIGPROF) == 0 && calls == 2);
  CHECK(sigaction(SIGPROF, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
  spin(0.02); /* timers must not kill it now */
  const pid_t child = fork();
  if (child == 0) {
    raise(SIGPROF);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF);

  /* Blocked, with a handler: pending until it is unblocked. */
  install(SA_RESTART, 0);
  const sigset_t prof = set_of(SIGPROF);
  calls = 1;
  CHECK(sigprocmask(SIG_BLOCK, &prof, NULL) == 0 && kill(getpid(), SIGPROF) == 0);
  CHECK(calls == 1 && is_pending(SIGPROF));
  CHECK(sigprocmask(SIG_UNBLOCK, &prof, NULL) == 0 && calls == 2);
}

static void count_only(int number) { calls += number == SIGPROF; }
static volatile sig_atomic_t twins;
static void count_twin(int number) { twins += number == SIGUSR2; }

/* Its own interval timer, with and without SA_RESTART. A twin on the same clock (of the whole process, by
 * ticks) that sends another signal says how often the kernel let it expire. */
static void own_timer(void) {
  struct sigaction action = {.sa_handler = count_only, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGPROF, &action, NULL) == 0);
  const struct sigaction twin_action = {.sa_handler = count_twin, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGUSR2, &twin_action, NULL) == 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
  const struct itimerspec same = {{0, 10000000}, {0, 10000000}};
  timer_t twin;
  CHECK(timer_create((clockid_t)(~0u << 3), &event, &twin) == 0);
  const struct itimerval every = {{0, 10000}, {0, 10000}}, never = {{0, 0}, {0, 0}};
  CHECK(setitimer(ITIMER_PROF, &every, NULL) == 0 && timer_settime(twin, 0, &same, NULL) == 0);
  spin(0.5);
  CHECK(setitimer(ITIMER_PROF, &never, NULL) == 0 && timer_delete(twin) == 0);

  if (getenv("SHOW") != NULL) printf("%d calls, %d twins\n", (int)calls, (int)twins);
  CHECK(calls >= twins - 2 && calls <= twins + 2 && twins > 0); /* 50 and 50 where no one else has the core */

  int pipes[2];
  char byte;
  CHECK(pipe(pipes) == 0);
  for (int restart = 0; restart < 2; restart++) {
    action.sa_flags = restart ? SA_RESTART : 0;
    CHECK(sigaction(SIGPROF, &action, NULL) == 0);
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
      usleep(100000);
      kill(parent, SIGPROF);
      usleep(100000);
      _exit(write(pipes[1], "x", 1) != 1);
    }
    const ssize_t got = read(pipes[0], &byte, 1);
    CHECK(restart ? got == 1 : got == -1 && errno == EINTR);
    int status;
    while (waitpid(child, &status, 0) < 0) CHECK(errno == EINTR);
    if (!restart) CHECK(read(pipes[0], &byte, 1) == 1);
  }
}

/* Its interval timer counts in the thread that works, and interrupts no sleep of another one. */
static volatile pid_t worker;
static volatile sig_atomic_t elsewhere;
static int end_of_work[2];

static void count_where(int number) {
  calls += number == SIGPROF;
  elsewhere += syscall(SYS_gettid) != worker;
}

static void* wait_for_end(void* interrupted) {
  char byte;
  while (read(end_of_work[0], &byte, 1) != 1) ++*(int*)interrupted;
  return NULL;
}

static void own_timer_beside_sleepers(void) {
  const struct sigaction action = {.sa_handler = count_where};
  const struct itimerval every = {{0, 4000}, {0, 4000}}, never = {{0, 0}, {0, 0}};
  pthread_t threads[4];
  int interrupted[4] = {0};
  worker = (pid_t)syscall(SYS_gettid);
  CHECK(sigaction(SIGPROF, &action, NULL) == 0 && pipe(end_of_work) == 0);
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, wait_for_end, &interrupted[i]) == 0);
  usleep(50000); /* they sleep */
  CHECK(setitimer(ITIMER_PROF, &every, NULL) == 0);
  spin(1);
  CHECK(setitimer(ITIMER_PROF, &never, NULL) == 0 && write(end_of_work[1], "ends", 4) == 4);
  for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], NULL) == 0 && interrupted[i] == 0);
  CHECK(calls > 50 && elsewhere == 0);
}

/* A timer of a thread's CPU clock and the process's interval timer, which expire together, as Go's profiler
 * has them: all that the first counts are handled. */
static volatile sig_atomic_t ticks_of_thread;
static void count_by_code(int number, siginfo_t* info, void* context) {
  calls += number == SIGPROF && context != NULL && info->si_code == SI_KERNEL;
  if (info->si_code == SI_TIMER) ticks_of_thread += 1 + info->si_overrun;
}

static void own_timer_of_thread(void) {
  const struct sigaction action = {.sa_sigaction = count_by_code, .sa_flags = SA_SIGINFO | SA_RESTART};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  const struct itimerspec same = {{0, 10000000}, {0, 10000000}};
  const struct itimerval every = {{0, 10000}, {0, 10000}}, never = {{0, 0}, {0, 0}};
  timer_t timer;
  CHECK(sigaction(SIGPROF, &action, NULL) == 0);
  CHECK(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0);
  CHECK(setitimer(ITIMER_PROF, &every, NULL) == 0 && timer_settime(timer, 0, &same, NULL) == 0);
  spin(1);
  CHECK(setitimer(ITIMER_PROF, &never, NULL) == 0 && timer_delete(timer) == 0);
  if (getenv("SHOW") != NULL) printf("%d of the thread, %d of the process\n", ticks_of_thread, calls);
  CHECK(ticks_of_thread >= 97 && ticks_of_thread <= 101 && calls > 50);
}

/* gprof's counters: at each tick of the process's clock, of the place where it is. */
static void profiled(void) {
  static unsigned short places[1 << 14]; /* one for every four bytes of 64 KiB of code */
  unsigned short* volatile none = NULL;
  const double period = 0.01, seconds = 0.3;
  for (int round = 0; round < 2; round++) {
    struct sigaction now;
    signal(SIGPROF, round == 0 ? SIG_DFL : count_only);
    memset(places, 0, sizeof places);
    CHECK(profil(places, sizeof places, (size_t)spin & ~(size_t)0xfff, 0x8000) == 0);
    CHECK(sigaction(SIGPROF, NULL, &now) == 0 && now.sa_handler != SIG_DFL && now.sa_handler != count_only);
    spin(seconds);
    CHECK(profil(none, 0, 0, 0) == 0);
    CHECK(sigaction(SIGPROF, NULL, &now) == 0 && now.sa_handler == (round == 0 ? SIG_DFL : count_only));
    double counted = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) counted += period * places[i];
    if (getenv("SHOW") != NULL) printf("counted %g\n", counted);
    CHECK(counted < 1.2 * seconds + 2 * period);
  }
}

/* 10 kHz of samples must not show in a register, errno or the mask. */
static void untouched(void) {
  const sigset_t usr1 = set_of(SIGUSR1);
  CHECK(sigprocmask(SIG_SETMASK, &usr1, NULL) == 0);
  CHECK(fesetround(FE_UPWARD) == 0 && feraiseexcept(FE_INEXACT) == 0);
  const double end = cpu_seconds() + 1;
  double values[16];
  for (int i = 0; i < 16; i++) values[i] = 1.0 + i;
  long rounds = 0;
  while (cpu_seconds() < end) {
    errno = 4711;
    unsigned long wrong = 0;
    for (int i = 0; i < 1000; i++) {
      unsigned control = 0;
      unsigned short x87 = 0;
      __asm__ volatile(
          "movdqu (%[in]), %%xmm0\n\tmovdqu 16(%[in]), %%xmm7\n\tmovdqu 32(%[in]), %%xmm8\n\t"
          "movdqu 48(%[in]), %%xmm15\n\tfldpi\n\tfld1\n\tmovl $200, %%ecx\n"
          "1:\tdecl %%ecx\n\tjnz 1b\n\t"
          "ptest %%xmm0, %%xmm0\n\tfstp %%st(0)\n\tfldpi\n\tfcomip %%st(1), %%st\n\tsetne %b[wrong]\n\tfstp "
          "%%st(0)\n\t"
          "stmxcsr %[control]\n\tfnstcw %[x87]\n\t"
          "movdqu %%xmm0, 64(%[in])\n\tmovdqu %%xmm7, 80(%[in])\n\tmovdqu %%xmm8, 96(%[in])\n\tmovdqu "
          "%%xmm15, 112(%[in])"
          : [wrong] "+q"(wrong), [control] "=m"(control), [x87] "=m"(x87)
          : [in] "r"(values)
          : "xmm0", "xmm7", "xmm8", "xmm15", "ecx", "memory", "cc", "st", "st(1)");
      CHECK(wrong == 0 && (control & 0x6000) == 0x4000 && (x87 & 0x0c00) == 0x0800);
      CHECK(memcmp(values, values + 8, 64) == 0);
      memset(values + 8, 0, 64);
    }
    CHECK(errno == 4711 && fegetround() == FE_UPWARD && fetestexcept(FE_INEXACT) != 0);
    rounds++;
  }
  CHECK(is_blocked(SIGUSR1) && !is_blocked(SIGPROF) && !is_blocked(SIGUSR2));
  CHECK(rounds > 10);
}

/* Of the area that XSAVE writes; 0 where the processor or the kernel has no AVX. */
static unsigned state_size(void) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return 0;
  __cpuid_count(13, 0, a, b, c, d);
  return b;
}

/* The program's floating-point environment in its threads, in which the agent draws its samples. */
static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;

static void* hold(void* unused) {
  for (int i = 0; i < 50; i++) {
    pthread_mutex_lock(&contended);
    usleep(200);
    pthread_mutex_unlock(&contended);
    sched_yield();
  }
  return unused;
}

static void* allocate(void* unused) {
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
  for (int i = 0; i < 20000; i++) {
    void* volatile block = malloc(1000);
    free(block);
  }
  return unused;
}

static void raised_nothing(void) {
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
  for (int traps = 0; traps < 2; traps++) {
    if (traps) feenableexcept(FE_ALL_EXCEPT);
    pthread_t threads[2];
    CHECK(pthread_create(&threads[0], NULL, hold, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, allocate, NULL) == 0);
    hold(NULL);
    allocate(NULL);
    for (int i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    const pid_t child = fork();
    if (child == 0) _exit(fetestexcept(FE_ALL_EXCEPT));
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
  }
}

/* All that XSAVE knows of (x87, SSE, AVX, AVX-512, protection keys, ...), before and after some signals. */
static void extended_state(void) {
  const unsigned size = state_size();
  if (size == 0) {
    spin(1);
    return;
  }
  unsigned char* const before = aligned_alloc(64, (size + 63) / 64 * 64);
  unsigned char* const after = aligned_alloc(64, (size + 63) / 64 * 64);
  CHECK(before != NULL && after != NULL);
  unsigned char pattern[64];
  for (int i = 0; i < 64; i++) pattern[i] = (unsigned char)(3 * i + 1);
  const double end = cpu_seconds() + 1;
  for (long rounds = 0; cpu_seconds() < end || rounds < 10; rounds++) {
    memset(before, 0, size);
    memset(after, 0, size);
    __asm__ volatile(
        "vmovdqu (%[in]), %%ymm0\n\tvmovdqu 32(%[in]), %%ymm1\n\tvmovdqu 16(%[in]), %%ymm7\n\t"
        "vmovdqu 8(%[in]), %%ymm8\n\tvmovdqu 24(%[in]), %%ymm15\n\tfldpi\n\t"
        "movl $-1, %%eax\n\tmovl $-1, %%edx\n\txsave64 (%[before])\n\t"
        "movl $2000000, %%ecx\n"
        "1:\tdecl %%ecx\n\tjnz 1b\n\t"
        "movl $-1, %%eax\n\tmovl $-1, %%edx\n\txsave64 (%[after])\n\t"
        "fstp %%st(0)\n\tvzeroupper"
        :
        : [in] "r"(pattern), [before] "r"(before), [after] "r"(after)
        : "eax", "ecx", "edx", "memory", "cc", "st", "xmm0", "xmm1", "xmm7", "xmm8", "xmm15");
    CHECK(memcmp(before, after, size) == 0);
    CHECK(memcmp(before + 160, pattern, 16) == 0); /* xmm0: the comparison is of something */
  }
}

/* A child between vfork and exec resets its signals; the parent's stay. */
static void vforked(void) {
  signal(SIGPROF, count_only);
  const sigset_t prof = set_of(SIGPROF), none = set_of(0);
  CHECK(sigprocmask(SIG_BLOCK, &prof, NULL) == 0);
  const pid_t child = vfork();
  if (child == 0) {
    signal(SIGPROF, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execl("/proc/self/exe", "agent_signals", "spin", NULL);
    _exit(9);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(is_blocked(SIGPROF) && raise(SIGPROF) == 0 && calls == 0);
  CHECK(sigprocmask(SIG_SETMASK, &none, NULL) == 0 && calls == 1);
}

/* What a program that is started now ignores. */
static void show_ignored(char line[64]) {
  FILE* const status = popen("grep SigIgn /proc/self/status", "r");
  CHECK(status != NULL && fgets(line, 64, status) != NULL && pclose(status) == 0);
}

/* SIGPROF once a recording has ended. Without the agent there is none. */
static void stopped(void) {
  int (*const start)(const void*) = (int (*)(const void*))dlsym(RTLD_DEFAULT, "prof_start");
  int (*const stop)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "prof_stop");
  char before[64], after[64];
  show_ignored(before);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  CHECK(siginterrupt(SIGPROF, 1) == 0);
#pragma GCC diagnostic pop
  for (int i = 0; i < 2; i++) {
    if (start != NULL) start(NULL);
    spin(0.02);
    if (stop != NULL) stop();
    struct sigaction now;
    CHECK(sigaction(SIGPROF, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
    show_ignored(after);
    CHECK(strcmp(before, after) == 0);
    const pid_t child = fork();
    if (child == 0) {
      raise(SIGPROF);
      _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF);
  }
  struct sigaction now;
  signal(SIGPROF, count_only);
  CHECK(sigaction(SIGPROF, NULL, &now) == 0 && (now.sa_flags & SA_RESTART) == 0);
}

/* Masks that change where no call of the program's says so: the end of a handler, longjmp, contexts. */
static sigset_t given;
static void block_given(int number) {
  CHECK(number == SIGUSR1 && sigprocmask(SIG_BLOCK, &given, NULL) == 0 && is_blocked(SIGPROF));
}
static void end_handler(void) {
  signal(SIGUSR1, block_given);
  CHECK(raise(SIGUSR1) == 0);
}

static sigjmp_buf unmasked;
static void jump_back(void) {
  if (sigsetjmp(unmasked, 1) != 0) return;
  block_given(SIGUSR1);
  siglongjmp(unmasked, 1);
}

static ucontext_t outside, inside;
static char coroutine_stack[1 << 16];
static void leave_context(void) {
  block_given(SIGUSR1);
  swapcontext(&inside, &outside);
}
static void change_context(void) {
  CHECK(getcontext(&inside) == 0);
  inside.uc_stack.ss_sp = coroutine_stack;
  inside.uc_stack.ss_size = sizeof coroutine_stack;
  makecontext(&inside, leave_context, 0);
  CHECK(swapcontext(&outside, &inside) == 0);
}

static void set_old_mask(void) {
  block_given(SIGUSR1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  sigsetmask(0);
#pragma GCC diagnostic pop
}

static void unblock_all(int number) {
  const sigset_t none = set_of(0);
  CHECK(number == SIGUSR1 && sigprocmask(SIG_SETMASK, &none, NULL) == 0 && !is_blocked(SIGPROF));
}

static void (*const kPastHooks[])(void) = {end_handler, jump_back, change_context, set_old_mask};

static void past_hooks(void) {
  for (int only = 0; only < 2; only++) {
    if (only) given = set_of(SIGPROF);
    if (!only) sigfillset(&given);
    for (int way = 0; way < 4; way++) {
      kPastHooks[way]();
      CHECK(!is_blocked(SIGPROF) && !is_blocked(SIGUSR2));
      signal(SIGPROF, count_only);
      calls = 0;
      CHECK(raise(SIGPROF) == 0 && calls == 1);
      signal(SIGPROF, SIG_DFL);
    }
    /* The other way round: what comes after the handler stays pending, and does not kill. */
    const sigset_t prof = set_of(SIGPROF), usr1 = set_of(SIGUSR1);
    signal(SIGUSR1, unblock_all);
    CHECK(sigprocmask(SIG_BLOCK, &given, NULL) == 0 && sigprocmask(SIG_UNBLOCK, &usr1, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0 && is_blocked(SIGPROF));
    CHECK(kill(getpid(), SIGPROF) == 0 && is_pending(SIGPROF));
    int got = 0;
    CHECK(sigwait(&prof, &got) == 0 && got == SIGPROF && !is_pending(SIGPROF));
    unblock_all(SIGUSR1);
  }
}

/* The same in a program with a handler, which must be sampled afterwards. */
static void past_hooks_with_handler(void) {
  signal(SIGPROF, count_only);
  sigfillset(&given);
  for (int way = 0; way < 4; way++) {
    kPastHooks[way]();
    spin(0.25);
  }
}

/* Every other signal is blocked: SIGPROF is not, and comes; also in a wait, and in another's handler. */
static void raise_prof(int number) {
  const sig_atomic_t before = calls;
  CHECK(number == SIGUSR1 && !is_blocked(SIGPROF) && is_blocked(SIGUSR2));
  CHECK(raise(SIGPROF) == 0 && calls == before + 1);
}

static void all_but_prof(void) {
  sigset_t others, now;
  sigfillset(&others);
  sigdelset(&others, SIGPROF);
  const sigset_t prof = set_of(SIGPROF), none = set_of(0);
  CHECK(signal(SIGPROF, count_only) == SIG_DFL);
  CHECK(pthread_sigmask(SIG_BLOCK, &others, NULL) == 0);
  CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && !sigismember(&now, SIGPROF) &&
        sigismember(&now, SIGUSR1));
  CHECK(raise(SIGPROF) == 0 && calls == 1);
  CHECK(pthread_sigmask(SIG_SETMASK, &prof, NULL) == 0 && is_blocked(SIGPROF) && !is_blocked(SIGUSR1));
  for (int way = 0; way < 3; way++) {
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
      usleep(30000);
      kill(parent, SIGPROF);
      _exit(0);
    }
    const struct timespec late = {5, 0};
    calls = 0;
    const int code = way == 0   ? sigsuspend(&others)
                     : way == 1 ? ppoll(NULL, 0, &late, &others)
                                : pselect(0, NULL, NULL, NULL, &late, &others);
    CHECK(code == -1 && errno == EINTR && calls == 1);
    int status;
    while (waitpid(child, &status, 0) < 0) CHECK(errno == EINTR);
  }
  CHECK(pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
  const struct sigaction action = {.sa_handler = raise_prof, .sa_mask = others};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0);
}

/* A program that is started ignores SIGPROF where this one does, which is sampled nonetheless. */
static void ignoring_children(void) {
  char* const arguments[] = {"agent_signals", "ignores", NULL};
  CHECK(unsetenv("LD_PRELOAD") == 0 && signal(SIGPROF, SIG_IGN) == SIG_DFL);
  spin(0.2);
  for (int way = 0; way < 3; way++) {
    pid_t child = way == 0 ? fork() : way == 1 ? vfork() : 0;
    if (child == 0 && way < 2) {
      execv("/nonexistent", arguments);
      execv("/proc/self/exe", arguments);
      _exit(9);
    }
    CHECK(way < 2 || posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(execv("/nonexistent", arguments) == -1 && raise(SIGPROF) == 0);
    spin(0.2);
  }
  CHECK(signal(SIGPROF, SIG_DFL) == SIG_IGN);
}

/* What a program that is started now blocks is what this one blocks. */
static void blocked_children(void) {
  int (*const start)(const void*) = (int (*)(const void*))dlsym(RTLD_DEFAULT, "prof_start");
  if (start != NULL) start(NULL);
  CHECK(unsetenv("LD_PRELOAD") == 0);
  sigset_t sets[2] = {set_of(SIGPROF)};
  sigfillset(&sets[1]);
  for (int i = 0; i < 2; i++) {
    char* const arguments[] = {"agent_signals", i == 0 ? "blocks_prof" : "blocks_all", NULL};
    CHECK(pthread_sigmask(SIG_SETMASK, &sets[i], NULL) == 0);
    pid_t child = fork();
    if (child == 0) {
      execv("/nonexistent", arguments);
      execv("/proc/self/exe", arguments);
      _exit(9);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0 && is_blocked(SIGPROF));
  }
}

/* What a child between vfork and exec does to its mask and its alternate stack was done to its parent's
 * thread: a signal that had to wait killed that, or it was not sampled any more. */
static void vfork_and_change(void) {
  const sigset_t none = set_of(0);
  const stack_t small = {.ss_sp = alternate_stack, .ss_size = 2048};
  sigset_t all, before;
  sigfillset(&all);
  CHECK(sigprocmask(SIG_BLOCK, &all, &before) == 0);
  const pid_t child = vfork();
  if (child == 0) {
    if (is_blocked(SIGPROF) && sigprocmask(SIG_SETMASK, &none, NULL) == 0 && !is_blocked(SIGPROF) &&
        sigaltstack(&small, NULL) == 0)
      execl("/bin/true", "true", NULL);
    _exit(9);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0 && is_blocked(SIGPROF));
  CHECK(kill(getpid(), SIGPROF) == 0 && is_pending(SIGPROF));
  const sigset_t prof = set_of(SIGPROF);
  int got = 0;
  CHECK(sigwait(&prof, &got) == 0 && got == SIGPROF);
  CHECK(sigprocmask(SIG_SETMASK, &before, NULL) == 0 && !is_blocked(SIGPROF));
}

static void vforked_apart(void) {
  for (int with_handler = 0; with_handler < 2; with_handler++) {
    if (with_handler) signal(SIGPROF, count_only);
    vfork_and_change();
    spin(0.5);
  }
}

/* exec from a thread, with timer signals blocked and pending: they must not kill what comes next. */
static void* exec_now(void* unused) {
  (void)unused;
  execl("/proc/self/exe", "agent_signals", "spin", NULL);
  return NULL;
}

static void pending_exec(void) {
  signal(SIGPROF, count_only);
  const sigset_t prof = set_of(SIGPROF);
  CHECK(sigprocmask(SIG_BLOCK, &prof, NULL) == 0);
  spin(0.1);
  CHECK(unsetenv("LD_PRELOAD") == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, exec_now, NULL) == 0);
  pthread_join(thread, NULL);
  CHECK(0);
}

/* exec in a handler that blocks all signals: of what waited, nothing of the agent's may kill the new program.
 */
static void exec_blocked(int number) {
  (void)number;
  spin(0.03);
  execl("/proc/self/exe", "agent_signals", "spin", NULL);
}

static void exec_in_handler(void) {
  struct sigaction action = {.sa_handler = exec_blocked};
  sigfillset(&action.sa_mask);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  spin(0.03);
  CHECK(unsetenv("LD_PRELOAD") == 0 && raise(SIGUSR1) == 0);
  CHECK(0);
}

/* Handlers that other signals have, on no alternate stack, while the thread is sampled on one; and which
 * leave by longjmp. */
static char alternate[1 << 16];
static volatile int on_alternate, jumps_away, is_over;
static sigjmp_buf start_again;
static void interrupt(int number) {
  char here;
  (void)number;
  on_alternate += &here >= alternate && &here < alternate + sizeof alternate;
  if (jumps_away) siglongjmp(start_again, 1);
}

static void* keep_interrupting(void* thread) {
  while (!is_over) {
    pthread_kill(*(pthread_t*)thread, SIGUSR1);
    for (volatile int i = 0; i < 1000; i++) {
    }
  }
  return NULL;
}

static void interrupted(void) {
  const stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  struct sigaction action = {.sa_handler = interrupt};
  CHECK(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
  static pthread_t self;
  self = pthread_self();
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, keep_interrupting, &self) == 0);
  spin(0.7);
  static volatile double end;
  end = cpu_seconds() + 0.7;
  sigsetjmp(start_again, 1);
  jumps_away = 1;
  while (cpu_seconds() < end) spin(0.0001);
  jumps_away = 0;
  is_over = 1;
  pthread_join(thread, NULL);
  CHECK(on_alternate == 0);
}

static void once(int number) { (void)number; }

/* The same of a program with a handler of SIGPROF, on that stack; and of one that had it. */
static void interrupted_beside(int flags) {
  const struct sigaction action = {.sa_handler = once, .sa_flags = flags};
  CHECK(sigaction(SIGPROF, &action, NULL) == 0 && raise(SIGPROF) == 0);
  interrupted();
}

static void interrupted_with_handler(void) { interrupted_beside(SA_ONSTACK); }

static void interrupted_after_reset(void) { interrupted_beside(SA_ONSTACK | (int)SA_RESETHAND); }

static const struct {
  const char* name;
  void (*run)(void);
} kCases[] = {{"blocked", blocked},
              {"waited_for", waited_for},
              {"sent_blocked", sent_blocked},
              {"both_sent_blocked", both_sent_blocked},
              {"own_handler", own_handler},
              {"own_timer", own_timer},
              {"own_timer_beside_sleepers", own_timer_beside_sleepers},
              {"own_timer_of_thread", own_timer_of_thread},
              {"profiled", profiled},
              {"untouched", untouched},
              {"raised_nothing", raised_nothing},
              {"extended_state", extended_state},
              {"vforked", vforked},
              {"pending_exec", pending_exec},
              {"exec_in_handler", exec_in_handler},
              {"vforked_apart", vforked_apart},
              {"past_hooks", past_hooks},
              {"past_hooks_with_handler", past_hooks_with_handler},
              {"all_but_prof", all_but_prof},
              {"blocked_children", blocked_children},
              {"ignoring_children", ignoring_children},
              {"stopped", stopped},
              {"interrupted", interrupted},
              {"interrupted_with_handler", interrupted_with_handler},
              {"interrupted_after_reset", interrupted_after_reset}};

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "blocks_all") == 0) return !is_blocked(SIGPROF) || !is_blocked(SIGSTKFLT);
  if (argc > 1 && strcmp(argv[1], "blocks_prof") == 0)
    return !is_blocked(SIGPROF) || is_blocked(SIGUSR1) || is_blocked(SIGSTKFLT);
  if (argc > 1 && strcmp(argv[1], "ignores") == 0) return signal(SIGPROF, SIG_DFL) != SIG_IGN;
  if (argc > 1 && strcmp(argv[1], "spin") == 0) {
    const sigset_t none = set_of(0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    spin(0.05);
  }
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; i++) {
    if (argc > 1 && strcmp(argv[1], kCases[i].name) == 0) kCases[i].run();
  }
  puts("ok");
  return 0;
}
