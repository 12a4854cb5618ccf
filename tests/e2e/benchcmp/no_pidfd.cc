// Becomes PROGRAM, which is refused pidfd_open, as by sandboxes and by Linux before 5.3.
//   no_pidfd PROGRAM ARGUMENT...
#include <sys/syscall.h>

#include "tests/support/refusing.h"

int main(int, char** argv) {
  sock_filter rules[] = {LOAD_CALL, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  return become_under(rules, argv);
}
