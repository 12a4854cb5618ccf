// Becomes PROGRAM, which is killed where it asks for a process's memory, as services and sandboxes are.
//   filtered PROGRAM ARGUMENT...
#include <sys/syscall.h>

#include "tests/support/refusing.h"

int main(int, char** argv) {
  sock_filter rules[] = {LOAD_CALL, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  return become_under(rules, argv);
}
