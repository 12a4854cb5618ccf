/* What agent_test.cc records: agent_target CASE. Prints what it computed, which must not depend on the agent.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long sink;

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

__attribute__((noinline)) void spin(double seconds) {
  const double end = cpu_seconds() + seconds;
  do {
    for (int i = 0; i < 20000; i++) sink += (unsigned long)i;
  } while (cpu_seconds() < end);
}

__attribute__((noinline)) int recurse(int depth, double seconds) {
  if (depth == 0) {
    spin(seconds);
    return 0;
  }
  const int below = recurse(depth - 1, seconds);
  return below + 1;
}

static void* spin_thread(void* seconds) {
  spin(*(double*)seconds);
  return seconds;
}

static void two_threads(void) {
  double seconds = 0.4;
  pthread_t thread;
  void* result = NULL;
  pthread_create(&thread, NULL, spin_thread, &seconds);
  spin(seconds);
  pthread_join(thread, &result);
  printf("%d\n", result == &seconds);
}

static void on_signal(int number) {
  (void)number;
  spin(0.2);
}

static void signals(void) {
  static char stack[1 << 16];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  action.sa_flags = 0;
  sigaction(SIGUSR2, &action, NULL);
  raise(SIGUSR2);
  puts("ok");
}

static volatile sig_atomic_t own_profs;
static void on_prof(int number) {
  (void)number;
  own_profs++;
}

static void own_sigprof(void) {
  signal(SIGPROF, on_prof);
  spin(0.1);
  raise(SIGPROF);
  signal(SIGPROF, SIG_IGN);
  raise(SIGPROF);
  spin(0.1);
  printf("%d\n", (int)own_profs);
}

static void forks(const char* self) {
  for (int i = 0; i < 3; i++) {
    const pid_t child = fork();
    if (child == 0) {
      spin(0.1);
      if (i == 1) execl(self, self, "spin", NULL);
      if (i == 2) _exit(3);
      exit(i);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d\n", WEXITSTATUS(status));
    fflush(stdout);
  }
  const long raw = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
  if (raw == 0) {
    free(malloc(1 << 20));
    _exit(5);
  }
  int status = 0;
  waitpid((pid_t)raw, &status, 0);
  printf("%d\n", WEXITSTATUS(status));
}

static void plugins(const char* path) {
  for (int i = 0; i < 5; i++) {
    void* const library = dlopen(path, RTLD_NOW);
    void (*const work)(void (*)(double), double) =
        library == NULL ? NULL : (void (*)(void (*)(double), double))dlsym(library, "plugin_work");
    if (work == NULL)
      puts(dlerror());
    else
      work(spin, 0.05);
    if (library != NULL) dlclose(library);
  }
  puts(dlerror() == NULL ? "ok" : "error");
}

/* Exactly 20000 blocks of 1000 bytes, half of them kept. */
__attribute__((noinline)) static void* allocate_one(void) { return malloc(1000); }
static void blocks(void) {
  static void* kept[20000];
  for (int i = 0; i < 20000; i++) kept[i] = allocate_one();
  for (int i = 0; i < 20000; i += 2) free(kept[i]);
  void* grown = realloc(malloc(10), 100000);
  printf("%d\n", grown != NULL && calloc(3, 5) != NULL && aligned_alloc(64, 128) != NULL);
}

/* The same after an allocation that no address space has room for. */
static void refused(void) {
  volatile size_t size = (size_t)1 << 63;
  printf("%d\n", malloc(size) == NULL);
  blocks();
}

static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
static void* contend(void* unused) {
  for (int i = 0; i < 20; i++) {
    pthread_mutex_lock(&shared);
    usleep(2000);
    pthread_mutex_unlock(&shared);
  }
  return unused;
}
static void contention(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, contend, NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  puts("ok");
}

/* Two threads wait for one another, by each way to lock what is not a mutex of POSIX's. */
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static mtx_t c11_mutex;
static const struct timespec in_2100 = {4102444800, 0};
static int rdlock(void) { return pthread_rwlock_rdlock(&rwlock); }
static int wrlock(void) { return pthread_rwlock_wrlock(&rwlock); }
static int timedrdlock(void) { return pthread_rwlock_timedrdlock(&rwlock, &in_2100); }
static int timedwrlock(void) { return pthread_rwlock_timedwrlock(&rwlock, &in_2100); }
static int clockrdlock(void) { return pthread_rwlock_clockrdlock(&rwlock, CLOCK_REALTIME, &in_2100); }
static int clockwrlock(void) { return pthread_rwlock_clockwrlock(&rwlock, CLOCK_REALTIME, &in_2100); }
static int unlock(void) { return pthread_rwlock_unlock(&rwlock); }
static int c11_lock(void) { return mtx_lock(&c11_mutex); }
static int c11_timedlock(void) { return mtx_timedlock(&c11_mutex, &in_2100); }
static int c11_unlock(void) { return mtx_unlock(&c11_mutex); }

struct Way {
  int (*hold)(void);
  int (*lock)(void);
  int (*unlock)(void);
};
static void* lock_and_unlock(void* data) {
  const struct Way* const way = data;
  printf("%d", way->lock());
  printf("%d\n", way->unlock());
  return NULL;
}
static void other_locks(void) {
  const struct Way ways[] = {{wrlock, rdlock, unlock},         {rdlock, wrlock, unlock},
                             {wrlock, timedrdlock, unlock},    {rdlock, timedwrlock, unlock},
                             {wrlock, clockrdlock, unlock},    {rdlock, clockwrlock, unlock},
                             {c11_lock, c11_lock, c11_unlock}, {c11_lock, c11_timedlock, c11_unlock}};
  mtx_init(&c11_mutex, mtx_timed);
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    pthread_t thread;
    ways[i].hold();
    pthread_create(&thread, NULL, lock_and_unlock, (void*)&ways[i]);
    usleep(30000);
    ways[i].unlock();
    pthread_join(thread, NULL);
    lock_and_unlock((void*)&ways[i]);
  }
  /* What is refused, of a lock that is free, and of one that this thread holds. */
  const struct timespec past = {1, 0}, invalid = {1, 2000000000};
  for (int held = 0; held < 2; held++) {
    if (held) wrlock();
    printf("%d %d", pthread_rwlock_timedrdlock(&rwlock, &invalid),
           pthread_rwlock_timedwrlock(&rwlock, &invalid));
    printf(" %d", pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &invalid));
    printf(" %d %d", pthread_rwlock_clockrdlock(&rwlock, 99, &past),
           pthread_rwlock_clockwrlock(&rwlock, 99, &past));
    if (held) printf(" %d %d %d", rdlock(), wrlock(), pthread_rwlock_timedwrlock(&rwlock, &past));
    puts("");
  }
  unlock();
  /* glibc takes no time for no end. */
  const struct timespec* volatile never = NULL;
  printf("%d", pthread_rwlock_timedrdlock(&rwlock, never)), unlock();
  printf(" %d", pthread_rwlock_timedwrlock(&rwlock, never)), unlock();
  printf(" %d", pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, never)), unlock();
  printf(" %d\n", pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, never)), unlock();
}

/* The result of every locking call on every type of mutex, free, held by this thread, held by a dead one. */
static void* lock_and_die(void* mutex) {
  pthread_mutex_lock(mutex);
  return NULL;
}
static void mutexes(void) {
  const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK,
                       PTHREAD_MUTEX_ADAPTIVE_NP};
  for (int type = 0; type < 4; type++) {
    for (int robust = 0; robust < 2; robust++) {
      for (int inherit = 0; inherit < 2; inherit++) {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, types[type]);
        if (robust) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        if (inherit) pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
        pthread_mutex_t mutex;
        pthread_mutex_init(&mutex, &attributes);
        const struct timespec past = {1, 0};
        const struct timespec invalid = {1, 2000000000};
        printf("%d%d%d:", type, robust, inherit);
        printf(" %d", pthread_mutex_clocklock(&mutex, 99, &past));
        printf(" %d", pthread_mutex_lock(&mutex));
        printf(" %d", pthread_mutex_timedlock(&mutex, &past));
        printf(" %d", pthread_mutex_timedlock(&mutex, &invalid));
        printf(" %d", pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &past));
        printf(" %d", pthread_mutex_trylock(&mutex));
        if (types[type] == PTHREAD_MUTEX_ERRORCHECK || types[type] == PTHREAD_MUTEX_RECURSIVE) {
          printf(" %d", pthread_mutex_lock(&mutex));
        }
        for (int i = 0; i < 6; i++) printf(" %d", pthread_mutex_unlock(&mutex) == 0);
        if (robust) {
          pthread_mutex_init(&mutex, &attributes);
          pthread_t thread;
          pthread_create(&thread, NULL, lock_and_die, &mutex);
          pthread_join(thread, NULL);
          printf(" dead %d", pthread_mutex_lock(&mutex));
          printf(" %d", pthread_mutex_unlock(&mutex));
          printf(" %d", pthread_mutex_lock(&mutex));
        }
        puts("");
      }
    }
  }
}

/* The versions of posix_spawn and posix_spawnp: only those of before glibc 2.15 leave a script without a
 * first line to sh. */
typedef int Spawn(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                  char* const*, char* const*);
Spawn old_spawn, old_spawnp;
__asm__(".symver old_spawn, posix_spawn@GLIBC_2.2.5");
__asm__(".symver old_spawnp, posix_spawnp@GLIBC_2.2.5");

static void spawn_script(char* script) {
  Spawn* const versions[] = {posix_spawn, posix_spawnp, old_spawn, old_spawnp};
  for (int i = 0; i < 4; i++) {
    char* const arguments[] = {script, NULL};
    pid_t child = 0;
    int status = -1;
    const int code = versions[i](&child, script, NULL, NULL, arguments, environ);
    if (code == 0) waitpid(child, &status, 0);
    printf("%d %d\n", code, status);
    fflush(stdout);
  }
}

int main(int argc, char** argv) {
  const char* const name = argc > 1 ? argv[1] : "";
  if (strcmp(name, "spin") == 0)
    spin(0.1);
  else if (strcmp(name, "threads") == 0)
    two_threads();
  else if (strcmp(name, "recursion") == 0)
    printf("%d\n", recurse(200, 0.3));
  else if (strcmp(name, "deep") == 0)
    printf("%d\n", recurse(6000, 0.2));
  else if (strcmp(name, "signals") == 0)
    signals();
  else if (strcmp(name, "sigprof") == 0)
    own_sigprof();
  else if (strcmp(name, "forks") == 0)
    forks(argv[0]);
  else if (strcmp(name, "script") == 0)
    spawn_script(argv[2]);
  else if (strcmp(name, "plugins") == 0)
    plugins(argv[2]);
  else if (strcmp(name, "blocks") == 0)
    blocks();
  else if (strcmp(name, "refused") == 0)
    refused();
  else if (strcmp(name, "contention") == 0)
    contention();
  else if (strcmp(name, "mutexes") == 0)
    mutexes();
  else if (strcmp(name, "other_locks") == 0)
    other_locks();
  else
    return 2;
  return 0;
}
