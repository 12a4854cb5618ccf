/* How much stack the agent takes of its target. agent_stack small SIZE: works with an alternate signal stack
 * of that size, and prints how many bytes below it were written. agent_stack use: prints the most that was
 * used of a large one, and the most that malloc, free and a contended mutex took below their caller.
 * agent_stack second: how much of it samples beside the program's own setitimer and handler took.
 * agent_stack start fork|execve|execvp: prints how much of its alternate stack a handler used that starts a
 * program so, or whose child comes back from fork. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kRoom = 1 << 16, kPaint = 0x5a };
static unsigned char room[2 * kRoom];
static volatile unsigned long sink;

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void spin(double seconds) {
  const double end = cpu_seconds() + seconds;
  do {
    for (int i = 0; i < 2000; i++) sink += (unsigned long)i;
  } while (cpu_seconds() < end);
}

__attribute__((noinline)) static int recurse(int depth, double seconds) {
  if (depth == 0) {
    spin(seconds);
    return 0;
  }
  const int below = recurse(depth - 1, seconds);
  return below + 1;
}

/* Assembly that nothing describes is followed to its return: what the handler takes most of its stack for. */
void run_undescribed(unsigned long times);
void call_undescribed(void (*function)(void));
__asm__(
    ".text\n"
    "run_undescribed:\n"
    "  push %rbx\n"
    "1: dec %rdi\n"
    "  jne 1b\n"
    "  pop %rbx\n"
    "  ret\n"
    "call_undescribed:\n"
    "  push %rdi\n"
    "  call *%rdi\n"
    "  pop %rdi\n"
    "  ret\n");

static void use_alternate(unsigned char* start, size_t size) {
  const stack_t alternate = {.ss_sp = start, .ss_size = size};
  if (sigaltstack(&alternate, NULL) != 0) {
    perror("sigaltstack");
    exit(2);
  }
}

/* Bytes from the lowest painted-over one of [start, end) to `end`. */
static size_t used_of(const volatile unsigned char* start, const volatile unsigned char* end) {
  while (start < end && *start == kPaint) start++;
  return (size_t)(end - start);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile int is_over;

static void* hold_often(void* unused) {
  use_alternate(room, kRoom / 2);
  while (!is_over) {
    pthread_mutex_lock(&mutex);
    usleep(100);
    pthread_mutex_unlock(&mutex);
    usleep(100);
  }
  return unused;
}

/* A thread that no hook sees: a handler has to look through all threads for it. */
static char bare_stack[kRoom];
static int be_bare(void* unused) {
  (void)unused;
  for (unsigned long i = 0; i < 400000000; i++) sink += i;
  return 0;
}

static void make_bare_thread(void) {
  void* const libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  int (*const real_clone)(int (*)(void*), void*, int, void*, ...) =
      (int (*)(int (*)(void*), void*, int, void*, ...))dlsym(libc, "clone");
  const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  if (real_clone(be_bare, bare_stack + sizeof bare_stack, flags, NULL) < 0) perror("clone");
}

__attribute__((noinline)) static void call_hooks(void) {
  for (int i = 0; i < 200; i++) free(realloc(malloc(100), 200));
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
}

/* The stack below this frame, painted and then called into. */
__attribute__((noinline)) static size_t hooks_use(void) {
  volatile unsigned char* const here = __builtin_frame_address(0);
  volatile unsigned char* const low = here - 16384;
  volatile unsigned char* const high = here - 256; /* this frame, and paint's own */
  for (volatile unsigned char* at = low; at < high; at++) *at = kPaint;
  call_undescribed(call_hooks);
  return used_of(low, here);
}

static void use(void) {
  memset(room, kPaint, sizeof room);
  use_alternate(room + kRoom, kRoom);
  pthread_t thread;
  pthread_create(&thread, NULL, hold_often, NULL);
  make_bare_thread();
  spin(0.3);
  recurse(300, 0.2);
  for (const double end = cpu_seconds() + 0.2; cpu_seconds() < end;) run_undescribed(100000);
  size_t most = 0;
  for (int i = 0; i < 100; i++) {
    const size_t used = hooks_use();
    if (used > most) most = used;
  }
  is_over = 1;
  pthread_join(thread, NULL);
  printf("%zu %zu\n", used_of(room + kRoom, room + sizeof room), most);
}

static void small(size_t size) {
  memset(room, kPaint, kRoom);
  use_alternate(room + kRoom, size);
  spin(0.3);
  printf("%zu\n", used_of(room, room + kRoom));
  const stack_t none = {.ss_flags = SS_DISABLE};
  sigaltstack(&none, NULL);
  spin(0.1);
}

static void ignore(int number) { sink += (unsigned long)number; }

/* Of two signals that come at once, the frame of one is on that of the other. */
static int second(void) {
  const struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_ONSTACK};
  const struct itimerval every = {{0, 4000}, {0, 4000}};
  memset(room, kPaint, sizeof room);
  use_alternate(room + kRoom, kRoom);
  if (sigaction(SIGPROF, &action, NULL) != 0 || setitimer(ITIMER_PROF, &every, NULL) != 0) return 1;
  recurse(300, 0.5);
  printf("%zu\n", used_of(room + kRoom, room + sizeof room));
  return 0;
}

static const char* way;

static size_t alternate_used(void) { return used_of(room, room + sizeof room); }

static void start_program(int signal) {
  (void)signal;
  const int is_fork = strcmp(way, "fork") == 0;
  char* const arguments[] = {"true", NULL};
  char* const environment[] = {NULL};
  const pid_t child = is_fork ? fork() : vfork();
  if (child == 0) {
    if (is_fork) _exit((int)(alternate_used() / 64));
    if (strcmp(way, "execve") == 0) execve("./true", arguments, environment);
    if (strcmp(way, "execvp") == 0) execvp("true", arguments);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("%zu\n", is_fork ? (size_t)WEXITSTATUS(status) * 64 : alternate_used());
}

static int start(const char* how) {
  way = how;
  memset(room, kPaint, sizeof room);
  use_alternate(room + kRoom, kRoom);
  const struct sigaction action = {.sa_handler = start_program, .sa_flags = SA_ONSTACK};
  return chdir("/bin") | sigaction(SIGUSR1, &action, NULL) | raise(SIGUSR1);
}

int main(int count, char** argv) {
  if (count == 3 && strcmp(argv[1], "small") == 0) {
    small((size_t)atol(argv[2]));
  } else if (count == 2 && strcmp(argv[1], "use") == 0) {
    use();
  } else if (count == 2 && strcmp(argv[1], "second") == 0) {
    return second();
  } else if (count == 3 && strcmp(argv[1], "start") == 0) {
    return start(argv[2]);
  } else {
    return 2;
  }
}
