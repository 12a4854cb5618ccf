// Becomes PROGRAM, in which no thread can be made, as at the limit of a user's processes (ulimit -u), which
// root does not have.
//   no_threads PROGRAM ARGUMENT...
#include <linux/sched.h>
#include <sys/syscall.h>

#include "tests/support/refusing.h"

int main(int, char** argv) {
  sock_filter rules[] = {LOAD_CALL,
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),  // libc then asks clone
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
                         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
                         BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  return become_under(rules, argv);
}
