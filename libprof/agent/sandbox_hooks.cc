// Programs that shut themselves in with seccomp, or forbid themselves the time stamp counter, with which libc
// reads the clock: recorded up to there.
//
// What a filter does not name kills the process, and no list of system calls is short enough: even the return
// from a signal handler is one, and reading the clock kills in strict mode. So the recording ends before the
// filter begins: no timer signals any more, every hook passes on.
//
// Called from: threads, and children of vfork, whose parent's recording is left alone.
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>

#include "libprof/agent/agent.h"
#include "libprof/agent/next.h"

namespace prof::agent {
namespace {

using Prctl = int(int, ...);
using Syscall = long(long, ...);

// Written with the same values by whoever calls first.
Prctl* next_prctl = nullptr;

constexpr const char* kNoCalls =
    "from its seccomp sandbox on, up to an exec if there is one, as taking samples needs system calls";
constexpr const char* kNoClock = "from its prctl(PR_SET_TSC) on, as taking samples needs the clock";

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

// Named for the assembly below. Written with the same value by whoever calls first.
Syscall* prof_next_syscall = nullptr;

// Before a system call that is the first, or seccomp's. Called from: threads. May stop the recording.
void prof_before_syscall(long number, long operation, long, const void* filter) {
  const int saved = errno;
  if (prof_next_syscall == nullptr) prof_next_syscall = find_next<Syscall>("syscall");
  // libseccomp asks what the kernel knows with a null filter, which changes nothing.
  const bool begins =
      operation == SECCOMP_SET_MODE_STRICT || (operation == SECCOMP_SET_MODE_FILTER && filter != nullptr);
  if (number == SYS_seccomp && begins) enter_sandbox(kNoCalls);
  errno = saved;
}

// A jump to the real one with every register as it came: it takes what no prototype tells.
[[gnu::naked]] PROF_EXPORT long syscall(long, ...) noexcept {
  asm(R"(
    cmpq $317, %rdi              # SYS_seccomp
    je 1f
    movq prof_next_syscall(%rip), %rax
    testq %rax, %rax
    je 1f
    jmp *%rax
  1:
    pushq %rdi
    .cfi_adjust_cfa_offset 8
    pushq %rsi
    .cfi_adjust_cfa_offset 8
    pushq %rdx
    .cfi_adjust_cfa_offset 8
    pushq %rcx
    .cfi_adjust_cfa_offset 8
    pushq %r8
    .cfi_adjust_cfa_offset 8
    pushq %r9
    .cfi_adjust_cfa_offset 8
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call prof_before_syscall
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r9
    .cfi_adjust_cfa_offset -8
    popq %r8
    .cfi_adjust_cfa_offset -8
    popq %rcx
    .cfi_adjust_cfa_offset -8
    popq %rdx
    .cfi_adjust_cfa_offset -8
    popq %rsi
    .cfi_adjust_cfa_offset -8
    popq %rdi
    .cfi_adjust_cfa_offset -8
    jmp *prof_next_syscall(%rip)
  )");
}
static_assert(SYS_seccomp == 317);

PROF_EXPORT int prctl(int option, ...) noexcept {
  va_list list;
  va_start(list, option);
  const auto first = va_arg(list, unsigned long), second = va_arg(list, unsigned long);
  const auto third = va_arg(list, unsigned long), fourth = va_arg(list, unsigned long);
  va_end(list);
  if (next_prctl == nullptr) next_prctl = find_next<Prctl>("prctl");
  const int saved = errno;
  if (option == PR_SET_SECCOMP &&
      (first == SECCOMP_MODE_STRICT || (first == SECCOMP_MODE_FILTER && second != 0))) {
    enter_sandbox(kNoCalls);
  } else if (option == PR_SET_TSC && first == PR_TSC_SIGSEGV) {
    enter_sandbox(kNoClock);
  }
  errno = saved;
  return next_prctl(option, first, second, third, fourth);
}

}  // extern "C"
