/* Stacks that change under a program's feet: switches fiber|other_stack|go|wild|data|noreturn|longjmp|vdso|
 * perf_map. Each burns some tenths of a second there and prints "ok". */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

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

APART static void descend(int depth) {
  if (depth == 0)
    burn();
  else
    descend(depth - 1);
  sink++;
}

static void* map_stack(size_t size) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* switch_to(&from, to): as coroutine libraries do it, callee-saved registers on the stack that is left.
 * fiber_start is where a new one begins: nothing called it, as its description says. */
void switch_to(void** from, void* to);
void fiber_start(void);
__asm__(
    ".text\n"
    "switch_to: .cfi_startproc\n"
    "  push %rbp; .cfi_adjust_cfa_offset 8\n"
    "  push %rbx; .cfi_adjust_cfa_offset 8\n"
    "  push %r12; .cfi_adjust_cfa_offset 8\n"
    "  mov %rsp, (%rdi)\n"
    "  mov %rsi, %rsp\n"
    "  pop %r12; .cfi_adjust_cfa_offset -8\n"
    "  pop %rbx; .cfi_adjust_cfa_offset -8\n"
    "  pop %rbp; .cfi_adjust_cfa_offset -8\n"
    "  ret; .cfi_endproc\n"
    "fiber_start: .cfi_startproc; .cfi_undefined %rip\n"
    "  call *%r12\n"
    "  hlt; .cfi_endproc\n");

static void* main_place;
static void* fiber_place;
APART void fiber_body(void) {
  descend(20);
  switch_to(&fiber_place, main_place);
  descend(20);
  switch_to(&fiber_place, main_place);
}
static void run_fiber(void) {
  const size_t size = 256 << 10;
  void** top = (void**)((char*)map_stack(size) + size - 64);
  top[0] = (void*)fiber_body; /* r12 */
  top[1] = NULL;
  top[2] = NULL;
  top[3] = (void*)fiber_start;
  switch_to(&main_place, top);
  switch_to(&main_place, fiber_place);
}

/* call_on(stack, f): a runtime that leaves a small stack for a large one; its own frame stays on the small.
 */
void call_on(void* stack, void (*f)(int), int argument);
__asm__(
    ".text\n"
    "call_on: .cfi_startproc\n"
    "  push %rbp; .cfi_def_cfa_offset 16; .cfi_offset %rbp, -16\n"
    "  mov %rsp, %rbp; .cfi_def_cfa_register %rbp\n"
    "  mov %rdi, %rsp\n"
    "  mov %edx, %edi\n"
    "  call *%rsi\n"
    "  mov %rbp, %rsp\n"
    "  pop %rbp; .cfi_def_cfa %rsp, 8\n"
    "  ret; .cfi_endproc\n"
    ".section .note.GNU-stack,\"\",@progbits\n"
    ".text\n");

/* The thread's stack lies below the one it calls on, as those of Go or of split stacks may: static memory of
 * the program is below what mmap gives. */
static char small_stack[1 << 16] __attribute__((aligned(4096)));
APART static void* on_small_stack(void* unused) {
  (void)unused;
  const size_t size = 1 << 20;
  call_on((char*)map_stack(size) + size - 64, descend, 20);
  return NULL;
}
static void run_other_stack(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, small_stack, sizeof small_stack);
  pthread_t thread;
  pthread_create(&thread, &attributes, on_small_stack, NULL);
  pthread_join(thread, NULL);
}

/* As Go calls C: from a goroutine's stack, below whose first function is the middle of one that called
 * nothing, on the thread's own. Where that begins the rule is wrong; rbp points to the frame that was left.
 */
void go_start(void* stack, void (*body)(void));
void go_call(void (*f)(int), int argument);
void go_exit(void);
__asm__(
    ".text\n"
    "go_start: .cfi_startproc\n"
    "  push %rbp; .cfi_adjust_cfa_offset 8\n"
    "  push %rbx; .cfi_adjust_cfa_offset 8\n"
    "  mov %rsp, thread_stack(%rip)\n"
    "  mov %rdi, %rsp\n"
    "  jmp *%rsi; .cfi_endproc\n"
    "  nop; nop; nop; nop; nop; nop; nop; nop\n"
    "go_exit: .cfi_startproc\n"
    "  nop\n"
    "  mov thread_stack(%rip), %rsp\n"
    "  pop %rbx\n"
    "  pop %rbp\n"
    "  ret; .cfi_endproc\n"
    "go_call: .cfi_startproc\n"
    "  push %rbp; .cfi_def_cfa_offset 16\n"
    "  mov %rsp, %rbp\n"
    "  mov thread_stack(%rip), %rsp\n"
    "  sub $16, %rsp\n"
    "  and $-16, %rsp\n"
    "  mov %rbp, 8(%rsp)\n"
    "  mov %rdi, %rax\n"
    "  mov %esi, %edi\n"
    "  call *%rax\n"
    "  mov %rbp, %rsp\n"
    "  pop %rbp; .cfi_def_cfa_offset 8\n"
    "  ret; .cfi_endproc\n"
    ".local thread_stack\n"
    ".comm thread_stack,8,8\n");

APART static void go_body(void) {
  go_call(descend, 20);
  sink++;
}
static void run_go(void) {
  const size_t size = 256 << 10;
  void** top = (void**)((char*)map_stack(size) + size - 64);
  top[1] = (char*)go_exit + 1;
  go_start(top + 1, go_body);
}

/* A frame by rbp, as its rule says, which holds a small number. */
void wild(unsigned long rounds);
__asm__(
    ".text\n"
    "wild: .cfi_startproc\n"
    "  push %rbp; .cfi_def_cfa %rbp, 16\n"
    "  mov $64, %ebp\n"
    "1: dec %rdi\n"
    "  jne 1b\n"
    "  pop %rbp; .cfi_def_cfa %rsp, 8\n"
    "  ret; .cfi_endproc\n");
static void run_wild(void) { wild(500000000); }

/* Nothing describes it, and it does not return; rbp holds data of its caller's, which are no frame. */
void keeps_data(const unsigned long* data, unsigned long rounds);
__asm__(
    "keeps_data: push %rbp\n"
    "  mov %rdi, %rbp\n"
    "1: dec %rsi\n"
    "  jne 1b\n"
    "  call end_of_data\n"
    "  ud2\n");
__attribute__((used)) static void end_of_data(void) {
  puts("ok");
  exit(0);
}
APART static void run_data(void) {
  unsigned long data[2] = {1, (unsigned long)map_stack(4096) + 64};
  keeps_data(data, 1500000000);
}

/* Nothing describes these. `rounds_on` ends in a call that never comes back, in front of another function's
 * return; where its stack pointer is then, `long_ago` has left the address behind its call. */
void calls_in_turn(unsigned long rounds);
__asm__(
    "calls_in_turn: push %rbx\n"
    "  mov %rdi, %rbx\n"
    "1: call long_ago\n"
    "  call rounds_on\n"
    "  dec %rbx\n"
    "  jne 1b\n"
    "  pop %rbx\n"
    "  ret\n"
    "long_ago: sub $56, %rsp\n"
    "  call returns\n"
    "  add $56, %rsp\n"
    "  ret\n"
    "returns: ret\n"
    "rounds_on: sub $64, %rsp\n"
    "  mov $2000000, %ecx\n"
    "2: test %ecx, %ecx\n"
    "  je 3f\n"
    "  cmp $12345678, %ecx\n"
    "  je 4f\n"
    "  dec %ecx\n"
    "  jmp 2b\n"
    "3: add $64, %rsp\n"
    "  ret\n"
    "4: call abort@PLT\n"
    "another: ret\n");
static void run_noreturn(void) { calls_in_turn(400); }

static jmp_buf back;
APART static void jump(int depth) {
  if (depth == 0) longjmp(back, 1);
  if (sink != 1) jump(depth - 1);
  sink++;
}
APART static void run_longjmp(void) {
  for (volatile int i = 0; i < 20000000; i++) {
    if (setjmp(back) == 0) jump(2);
  }
}

APART static void run_vdso(void) {
  struct timespec t;
  for (volatile int i = 0; i < 10000000; i++) {
    clock_gettime(CLOCK_MONOTONIC, &t);
    sink += (unsigned long)t.tv_nsec;
  }
}

/* Generated code with a frame, and its name where JIT compilers leave it. */
APART static void run_perf_map(void) {
  /* push rbp; mov rbp, rsp; dec rdi; jnz; pop rbp; ret */
  static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3};
  void* const page = map_stack(4096);
  memcpy(page, code, sizeof code);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  char path[64];
  snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
  FILE* const map = fopen(path, "w");
  if (map == NULL) return;
  fprintf(map, "%lx %zx LazyCompile:*hot_loop app.js:12\n", (unsigned long)page, sizeof code);
  fclose(map);
  void (*loop)(unsigned long) = NULL;
  memcpy(&loop, &page, sizeof loop);
  loop(1000000000);
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } modes[] = {{"fiber", run_fiber},
               {"other_stack", run_other_stack},
               {"go", run_go},
               {"wild", run_wild},
               {"data", run_data},
               {"noreturn", run_noreturn},
               {"longjmp", run_longjmp},
               {"vdso", run_vdso},
               {"perf_map", run_perf_map}};
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    if (argc < 2 || strcmp(argv[1], modes[i].name) != 0) continue;
    modes[i].run();
    puts("ok");
    return 0;
  }
  return 2;
}
