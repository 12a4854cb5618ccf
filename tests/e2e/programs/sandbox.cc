// Works, shuts itself in with seccomp, works on: what it may call then is to write and to leave with code 7.
// "clock": what it may not is read the time stamp counter, with which libc tells the time.
// "exec": what it may not is look at files, "becomes": reboot, and it becomes PROGRAM with its arguments.
//   sandbox strict|prctl|syscall|clock|exec|becomes [PROGRAM [ARGUMENT...]]
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <string_view>

namespace {

volatile double sink = 0;

void say(std::string_view text) {
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(1);
}

__attribute__((noinline)) void work() {
  for (int i = 0; i < 100'000'000; i++) sink = sink + i;
}

#define ALLOW(number) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

void shut_in(std::string_view how) {
  if (how == "clock") {
    ::prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
    return;
  }
  if (how == "strict") {
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0);
    return;
  }
  if (how == "exec" || how == "becomes") {
    const unsigned forbidden = how == "exec" ? SYS_newfstatat : SYS_reboot;
    sock_filter all_but_one[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, forbidden, 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    sock_fprog all_else = {sizeof all_but_one / sizeof *all_but_one, all_but_one};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all_else);
    return;
  }
  sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)), ALLOW(SYS_write),
                          ALLOW(SYS_exit), ALLOW(SYS_exit_group),
                          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  sock_fprog program = {sizeof filter / sizeof *filter, filter};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (how == "prctl") ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
  if (how == "syscall") ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

}  // namespace

int main(int, char** argv) {
  work();
  say("before\n");
  shut_in(argv[1]);
  if (argv[2] != nullptr) ::execv(argv[2], argv + 2);
  work();
  say("after\n");
  if (argv[1] == std::string_view("strict")) ::syscall(SYS_exit, 7);
  return 7;
}
