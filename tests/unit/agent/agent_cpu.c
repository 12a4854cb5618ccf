/* CPU time in known shapes: agent_cpu CASE SECONDS. Prints the user + system seconds of main, by getrusage.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

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

static void* spin_thread(void* seconds) {
  spin(*(double*)seconds);
  return NULL;
}

static void threads(int count, int rounds, double seconds) {
  pthread_t all[64];
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < count; i++) pthread_create(&all[i], NULL, spin_thread, &seconds);
    for (int i = 0; i < count; i++) pthread_join(all[i], NULL);
  }
}

/* Each of the next four begins a page, is shorter, and shares it with nothing: an address tells them apart.
 */
#define ON_OWN_PAGE __attribute__((noinline, aligned(4096), section(".text.apart")))

ON_OWN_PAGE static void heavy(long rounds) {
  for (long i = 0; i < rounds; i++) sink += (unsigned long)i;
}
ON_OWN_PAGE static void light(long rounds) {
  for (long i = 0; i < rounds; i++) sink += 3 * (unsigned long)i;
}
ON_OWN_PAGE static void read_zeros(int times) {
  static char buffer[1 << 20];
  static int zero = 0;
  if (zero == 0) zero = open("/dev/zero", O_RDONLY);
  for (int i = 0; i < times; i++) {
    if (read(zero, buffer, sizeof buffer) < 0) exit(1);
  }
}
ON_OWN_PAGE static void touch_pages(int times) {
  enum { kSize = 1 << 21 };
  for (int i = 0; i < times; i++) {
    char* const pages = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(pages, kSize, MADV_NOHUGEPAGE);
    for (int at = 0; at < kSize; at += 4096) pages[at] = 1;
    munmap(pages, kSize);
  }
}

/* `heavy` and `light` run 3 : 1 in user mode, in bursts of random length up to `rounds`, between `times` of
 * `in_kernel`. Prints the seconds of each, and their pages. */
static void split(double seconds, long rounds, void (*in_kernel)(int), int times) {
  double used[3] = {0};
  double reading = 1; /* of the clock, which is in none of the three: the least, as signals interrupt some */
  for (int i = 0; i < 100; i++) {
    const double first = cpu_seconds();
    for (int j = 0; j < 9; j++) cpu_seconds();
    const double each = (cpu_seconds() - first) / 10;
    if (each < reading) reading = each;
  }
  const double end = cpu_seconds() + seconds;
  for (double now = cpu_seconds(); now < end;) {
    const long burst = random() % (rounds + 1);
    heavy(3 * burst);
    const double middle = cpu_seconds();
    light(burst);
    const double last = cpu_seconds();
    in_kernel(times);
    used[0] += middle - now - reading;
    used[1] += last - middle - reading;
    now = cpu_seconds();
    used[2] += now - last - reading;
  }
  printf("%.6f %.6f %.6f %lu %lu %lu\n", used[0], used[1], used[2], (unsigned long)heavy,
         (unsigned long)light, (unsigned long)in_kernel);
}

/* 95% of the time is the kernel's. */
static void in_kernel(double seconds) {
  const double end = cpu_seconds() + seconds;
  while (cpu_seconds() < end) {
    const double before = cpu_seconds();
    read_zeros(8);
    spin((cpu_seconds() - before) / 19);
  }
}

static void close_all(void) {
  for (int fd = 3; fd < 1024; fd++) close(fd);
}

/* What the agent opens is never seen: with all others closed (what runs the test may leave some), the next
 * descriptor is 3. Then all are closed again, as daemons do, which takes nothing from the recording. */
static void look_for_descriptors(double seconds) {
  close_all();
  for (int i = 0; i < 100; i++) {
    spin(seconds / 200);
    const int next = dup(0);
    if (next != 3) exit(3);
    close(next);
  }
  close_all();
  spin(seconds / 2);
}

/* A thread that finds no descriptor free. */
static void without_descriptors(double seconds) {
  const struct rlimit none = {3, 3};
  pthread_t thread;
  setrlimit(RLIMIT_NOFILE, &none);
  pthread_create(&thread, NULL, spin_thread, &seconds);
  pthread_join(thread, NULL);
}

/* A program that begins to use SIGPROF itself half-way. */
static void nothing(int number) { (void)number; }
static void taking_sigprof(double seconds) {
  spin(seconds / 2);
  signal(SIGPROF, nothing);
  spin(seconds / 2);
}

/* A thread that no library knows: no TLS of its own, made by the C library's clone or by a bare system call.
 */
static volatile int raw_done;
static double raw_seconds;
static int raw_thread(void* unused) {
  (void)unused;
  struct timespec start, now;
  syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &start);
  do {
    for (int i = 0; i < 200000; i++) sink += (unsigned long)i;
    syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &now);
  } while ((double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec) < raw_seconds);
  raw_done = 1;
  syscall(SYS_exit, 0);
  return 0;
}
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
static char* raw_stack(void) {
  return (char*)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + (1 << 20);
}

static void by_clone(double seconds) {
  raw_seconds = seconds;
  if (clone(raw_thread, raw_stack(), THREAD_FLAGS, NULL) < 0) exit(1);
  while (!raw_done) usleep(1000);
}

static void by_system_call(double seconds) {
  raw_seconds = seconds;
  long child = 0;
  __asm__ volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tand $-16, %%rsp\n\txor %%edi, %%edi\n\t"
      "call *%[function]\n1:"
      : "=a"(child)
      : "a"((long)SYS_clone), "D"((long)THREAD_FLAGS), "S"(raw_stack()), "d"(0L), [function] "r"(raw_thread)
      : "rcx", "r11", "memory");
  spin(seconds);
  while (!raw_done) usleep(1000);
}

/* Threads that are still at it when main returns. */
static void left_running(double seconds) {
  static double long_enough = 100;
  pthread_t thread;
  for (int i = 0; i < 3; i++) pthread_create(&thread, NULL, spin_thread, &long_enough);
  spin(seconds);
}

/* A thread that lingers among its last destructors, in the third of their four rounds, while others run. */
static pthread_key_t late_key;
static void linger(void* round) {
  if ((long)round < 3) {
    pthread_setspecific(late_key, (void*)((long)round + 1));
  } else {
    usleep(500000);
  }
}
static void* end_late(void* seconds) {
  spin(*(double*)seconds);
  pthread_setspecific(late_key, (void*)1);
  return NULL;
}
static void lingering(double seconds) {
  pthread_t thread;
  pthread_key_create(&late_key, linger);
  pthread_create(&thread, NULL, end_late, &seconds);
  spin(seconds);
  spin(0.5);
  pthread_join(thread, NULL);
}

/* Threads that have used less than a tick, and one that execs: in vain, and after as much again. */
static volatile double each_spins;
static pthread_barrier_t barrier;
static void* spin_twice(void* unused) {
  for (int i = 0; i < 2; i++) {
    spin(each_spins);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
  }
  return unused;
}
static void before_exec(double seconds) {
  enum { kThreads = 60 };
  pthread_t thread;
  each_spins = seconds / 2 / kThreads;
  pthread_barrier_init(&barrier, NULL, kThreads + 1);
  for (int i = 0; i < kThreads; i++) pthread_create(&thread, NULL, spin_twice, NULL);
  pthread_barrier_wait(&barrier);
  execl("/nonexistent/program", "program", NULL);
  spin(0.1); /* sampled again */
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
}

/* C11's threads, while the first one sleeps. */
static int spin_c11(void* seconds) {
  spin(*(double*)seconds);
  return -7;
}
static void by_c11(double seconds) {
  thrd_t made[4];
  int result = 0;
  seconds /= 4;
  for (int i = 0; i < 4; i++) {
    if (thrd_create(&made[i], spin_c11, &seconds) != thrd_success) exit(2);
  }
  for (int i = 0; i < 4; i++) {
    if (thrd_join(made[i], &result) != thrd_success || result != -7) exit(3);
  }
}

/* A timer's notifications, each a thread of libc's own making, while the first one sleeps. */
static sem_t notified;
static void on_expiry(union sigval seconds) {
  spin(*(double*)seconds.sival_ptr);
  sem_post(&notified);
}
static void by_timer(double seconds) {
  timer_t timer;
  seconds /= 4;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_expiry};
  event.sigev_value.sival_ptr = &seconds;
  const struct itimerspec at_once = {{0, 0}, {0, 1}};
  sem_init(&notified, 0, 0);
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) exit(2);
  for (int i = 0; i < 4; i++) {
    timer_settime(timer, 0, &at_once, NULL);
    sem_wait(&notified);
  }
  timer_delete(timer);
}

static double used_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int argc, char** argv) {
  const char* const name = argc > 2 ? argv[1] : "";
  const double seconds = argc > 2 ? atof(argv[2]) : 0;
  srandom(1);
  const double before = used_seconds();
  if (strcmp(name, "one") == 0) spin(seconds);
  if (strcmp(name, "sixteen") == 0) threads(16, 1, seconds / 16);
  if (strcmp(name, "short") == 0) threads(20, (int)(seconds / 0.1), 0.005);
  if (strcmp(name, "kernel") == 0) in_kernel(seconds);
  if (strcmp(name, "split_user") == 0) split(seconds, 40000, read_zeros, 0);
  if (strcmp(name, "split_half") == 0) split(seconds, 40000, read_zeros, 1);
  if (strcmp(name, "split_kernel") == 0) split(seconds, 40000, read_zeros, 20);
  if (strcmp(name, "split_faults") == 0) split(seconds, 40000, touch_pages, 1);
  if (strcmp(name, "descriptors") == 0) look_for_descriptors(seconds);
  if (strcmp(name, "no_descriptors") == 0) without_descriptors(seconds);
  if (strcmp(name, "taker") == 0) taking_sigprof(seconds);
  if (strcmp(name, "clone") == 0) by_clone(seconds);
  if (strcmp(name, "c11") == 0) by_c11(seconds);
  if (strcmp(name, "timer") == 0) by_timer(seconds);
  if (strcmp(name, "syscall") == 0) by_system_call(seconds);
  if (strcmp(name, "lingering") == 0) lingering(seconds);
  if (strcmp(name, "running") == 0) left_running(seconds);
  if (strcmp(name, "exec") == 0) before_exec(seconds);
  printf("%.6f\n", used_seconds() - before);
  if (strcmp(name, "exec") == 0) {
    fflush(stdout);
    execl("/bin/true", "true", NULL);
  }
  return 0;
}
