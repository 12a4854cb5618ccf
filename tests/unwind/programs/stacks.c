/* Stacks that are not the thread's own or not of usual size: stacks
 * coroutine|overflow|deep|generated|vanishing. Each burns some tenths of a second there and prints "ok". */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#define APART __attribute__((noinline))

static volatile unsigned long sink;

APART void burn(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  const double end = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec + 0.3;
  do {
    for (int i = 0; i < 20000; i++) sink += (unsigned long)i;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  } while ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec < end);
}

APART static void descend(int depth, void (*at_bottom)(void)) {
  if (depth == 0) {
    at_bottom();
  } else {
    descend(depth - 1, at_bottom);
  }
  sink++;
}

static ucontext_t caller;
static ucontext_t coroutine;
static void body(void) {
  descend(20, burn);
  swapcontext(&coroutine, &caller);
  descend(20, burn);
}
static void run_coroutine(void) {
  const size_t size = 256 << 10;
  getcontext(&coroutine);
  coroutine.uc_stack.ss_sp = malloc(size);
  coroutine.uc_stack.ss_size = size;
  coroutine.uc_link = &caller;
  makecontext(&coroutine, body, 0);
  swapcontext(&caller, &coroutine);
  swapcontext(&caller, &coroutine);
}

static sigjmp_buf back;
static void on_overflow(int number) {
  (void)number;
  burn();
  siglongjmp(back, 1);
}
APART static int overflow(int depth) {
  volatile char frame[512];
  frame[0] = (char)depth;
  return sink == 1 ? 0 : overflow(depth + 1) + frame[0];
}
static void run_overflow(void) {
  static char memory[1 << 16];
  const stack_t alternate = {.ss_sp = memory, .ss_size = sizeof memory};
  sigaltstack(&alternate, NULL);
  const struct sigaction action = {.sa_handler = on_overflow, .sa_flags = SA_ONSTACK};
  sigaction(SIGSEGV, &action, NULL);
  if (sigsetjmp(back, 1) == 0) sink = (unsigned long)overflow(2);
}

/* A loop that no object describes: push rbp; mov rbp, rsp; dec rdi; jnz; pop rbp; ret. */
static void run_generated(void) {
  static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3};
  void* const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, code, sizeof code);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  void (*loop)(unsigned long) = NULL;
  memcpy(&loop, &page, sizeof loop);
  loop(1000000000);
}

/* What a walk is led to by generated code that keeps data in rbp (push rbp; mov rbp, rdi; dec rsi; jnz; pop
 * rbp; ret) is there and gone again, as another thread maps and unmaps it. */
static char* volatile vanishing;
static volatile int is_over;
static void* map_and_unmap(void* unused) {
  while (!is_over) {
    char* const page =
        mmap(vanishing, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    memset(page, 0x90, 4096);
    for (volatile int i = 0; i < 3000; i++) continue;
    munmap(page, 4096);
    for (volatile int i = 0; i < 300; i++) continue;
  }
  return unused;
}
static void run_vanishing(void) {
  static const unsigned char code[] = {0x55, 0x48, 0x89, 0xfd, 0x48, 0xff, 0xce, 0x75, 0xfb, 0x5d, 0xc3};
  vanishing = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* const page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, code, sizeof code);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  void (*loop)(void*, unsigned long) = NULL;
  memcpy(&loop, &page, sizeof loop);
  pthread_t thread;
  pthread_create(&thread, NULL, map_and_unmap, NULL);
  struct {
    void* caller;
    void* return_address;
  } frame = {NULL, vanishing + 16};
  for (int i = 0; i < 20; i++) loop(&frame, 50000000);
  is_over = 1;
  pthread_join(thread, NULL);
}

int main(int argc, char** argv) {
  const char* const name = argc > 1 ? argv[1] : "";
  if (strcmp(name, "coroutine") == 0)
    run_coroutine();
  else if (strcmp(name, "overflow") == 0)
    run_overflow();
  else if (strcmp(name, "deep") == 0)
    descend(10000, burn);
  else if (strcmp(name, "generated") == 0)
    run_generated();
  else if (strcmp(name, "vanishing") == 0)
    run_vanishing();
  else
    return 2;
  puts("ok");
  return 0;
}
