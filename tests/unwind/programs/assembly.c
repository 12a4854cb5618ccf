/* Assembly that nothing describes, in the shapes of libraries that are written in it: every instruction of it
 * has a whole and true stack. With an argument it is in the first of them for that many milliseconds, or in
 * the one that is named behind: "unrolled". Prints "ok". */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

long loops(long);
long lays_out_behind(long);
long aligns(long);
long keeps(long);
long calls_back(long, long (*)(long));
long jumps_on(long);
long described(long);
long through_pointer(long);
long unrolled(long);

/* Saved registers, rbp for data, a loop that is left from its middle, by a jump further on. */
asm(".text\n"
    "loops:\n"
    "  push %rbx\n"
    "  push %rbp\n"
    "  sub $0x98, %rsp\n"
    "  mov %rdi, %rbp\n"
    "  xor %eax, %eax\n"
    "1: add %rbp, %rax\n"
    "  vpxor %xmm0, %xmm0, %xmm0\n"
    "  vmovdqu %ymm0, 0x20(%rsp)\n"
    "  sub $1, %rbp\n"
    "  je 3f\n"
    "  mov %rbp, %rbx\n"
    "  test $1, %bl\n"
    "  je 2f\n"
    "  lea 1(%rax, %rbx), %rax\n"
    "2: jmp 1b\n"
    "  .byte 0x06, 0x06\n" /* data between */
    "3: vzeroupper\n"
    "  add $0x98, %rsp\n"
    "  pop %rbp\n"
    "  pop %rbx\n"
    "  ret\n");

/* isa-l's: an inner loop that is left by a jump back, to the outer one, which it is laid out behind. */
asm("lays_out_behind:\n"
    "  push %rbx\n"
    "  mov %rdi, %rbx\n"
    "1: dec %rbx\n"
    "  js 3f\n"
    "  mov $2, %eax\n"
    "  jmp 2f\n"
    "3: pop %rbx\n"
    "  mov $1, %eax\n"
    "  ret\n"
    "2: dec %eax\n"
    "  jle 1b\n"
    "  nop\n"
    "  jmp 2b\n");

/* libjpeg-turbo's frame: the stack pointer is kept on the realigned stack. */
asm("aligns:\n"
    "  push %rbp\n"
    "  mov %rsp, %rax\n"
    "  and $-32, %rsp\n"
    "  sub $32, %rsp\n"
    "  mov %rax, (%rsp)\n"
    "  mov %rsp, %rbp\n"
    "  lea -0x100(%rbp), %rsp\n"
    "  push %r12\n"
    "  push %rbx\n"
    "  mov %rdi, %r12\n"
    "1: lea (%rax, %r12), %rbx\n"
    "  dec %r12\n"
    "  jne 1b\n"
    "  xor %eax, %eax\n"
    "  pop %rbx\n"
    "  pop %r12\n"
    "  mov %rbp, %rsp\n"
    "  pop %rsp\n"
    "  pop %rbp\n"
    "  ret\n");

/* libcrypto's: the stack pointer is kept in a register that its own functions leave alone. */
asm("keeps:\n"
    "  lea (%rsp), %r11\n"
    "  push %rbp\n"
    "  push %rbx\n"
    "  add $-128, %rsp\n"
    "  and $-128, %rsp\n"
    "  mov %rdi, %rbx\n"
    "1: call 2f\n"
    "  dec %rbx\n"
    "  jne 1b\n"
    "  mov -16(%r11), %rbx\n"
    "  mov -8(%r11), %rbp\n"
    "  lea (%r11), %rsp\n"
    "  ret\n"
    "2: xor %ebp, %ebp\n"
    "  mov %rbx, %rax\n"
    "  repz ret\n");

/* A frame of its own, left by `leave`, and C that it calls. */
asm("calls_back:\n"
    "  push %rbp\n"
    "  mov %rsp, %rbp\n"
    "  push %rbx\n"
    "  sub $24, %rsp\n"
    "  mov %rdi, %rbx\n"
    "  call *%rsi\n"
    "  add %rbx, %rax\n"
    "  mov -8(%rbp), %rbx\n"
    "  leave\n"
    "  ret\n");

asm("jumps_on:\n"
    "  sub $8, %rsp\n"
    "  lea 1(%rdi), %rdi\n"
    "  add $8, %rsp\n"
    "  jmp twice\n");
asm("through_pointer:\n"
    "  push %rdi\n"
    "  inc %rdi\n"
    "  lea 8(%rsp), %rsp\n"
    "  jmp *pointer(%rip)\n"
    ".data\n"
    "pointer: .quad twice\n"
    ".text\n");

/* As in libcrypto's AES-GCM: described, its frame by a register that any function may change. */
asm("described:\n"
    "  .cfi_startproc\n"
    "  lea (%rsp), %rax\n"
    "  .cfi_def_cfa_register %rax\n"
    "  push %rbx\n"
    "  .cfi_offset %rbx, -16\n"
    "  and $-128, %rsp\n"
    "  mov %rdi, %rbx\n"
    "1: call 2f\n"
    "  dec %rbx\n"
    "  jne 1b\n"
    "  mov -8(%rax), %rbx\n"
    "  .cfi_restore %rbx\n"
    "  lea (%rax), %rsp\n"
    "  .cfi_def_cfa_register %rsp\n"
    "  ret\n"
    "  .cfi_endproc\n"
    "2: .cfi_startproc\n"
    "  mov %rbx, %rdx\n"
    "  ret\n"
    "  .cfi_endproc\n");

/* OpenBLAS' products of matrices: a realigned stack, whose old pointer is in rbx, rbp for data, and loops
 * that are unrolled to thousands of instructions. */
asm("unrolled:\n"
    "  sub $0x60, %rsp\n"
    "  mov %rbx, (%rsp)\n"
    "  mov %rbp, 8(%rsp)\n"
    "  mov %rsp, %rbx\n"
    "  sub $0x1000, %rsp\n"
    "  and $-4096, %rsp\n"
    "  mov %rdi, 0x18(%rsp)\n"
    "1: lea (%rdi, %rdi, 2), %rbp\n"
    "  .rept 1300\n"
    "  add $8, %rbp\n"
    "  add %rbp, %rax\n"
    "  .endr\n"
    "  jmp 2f\n"
    "  .byte 0x06, 0x06\n"
    "2: test %rdi, %rdi\n"
    "  je 3f\n"
    "  .rept 3000\n"
    "  add %rdi, %rax\n"
    "  .endr\n"
    "  dec %rdi\n"
    "  jne 1b\n"
    "3: mov %rbx, %rsp\n"
    "  mov (%rsp), %rbx\n"
    "  mov 8(%rsp), %rbp\n"
    "  add $0x60, %rsp\n"
    "  ret\n");

__attribute__((noinline, used)) long twice(long value) { return 2 * value; }

/* Its frame is found by rbp, which the assembly must give back. */
__attribute__((noinline, noclone)) static long from_frame(long (*function)(long), long value) {
  char* const space = alloca((size_t)value * 16 + 16);
  memset(space, (int)value, (size_t)value * 16);
  const long result = function(value);
  asm volatile("" : : "r"(space) : "memory");
  return result;
}

static long calls_twice(long value) { return calls_back(value, twice); }

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char** arguments) {
  const double end = count < 2 ? 0 : 1e-3 * atof(arguments[1]);
  while (cpu_seconds() < end) {
    for (int i = 0; i < 1000; i++) from_frame(count < 3 ? loops : unrolled, 300);
  }
  long (*const functions[])(long) = {loops,       lays_out_behind, aligns,          keeps,
                                     calls_twice, jumps_on,        through_pointer, described};
  long sum = 0;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    for (long value = 1; value < 6; value++) sum += from_frame(functions[i], value);
  }
  sum += from_frame(unrolled, 2);
  puts(sum != 0 ? "ok" : "wrong");
  return 0;
}
