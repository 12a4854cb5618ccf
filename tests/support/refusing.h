// A program that goes on as another one which the kernel refuses something, as in a sandbox.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

// What a seccomp filter begins with: the number of the system call is what the next rule compares.
#define LOAD_CALL BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))

// Becomes argv[1] with what follows it, under `rules`. Returns what to exit with where that fails: 126 where
// filters are refused, 127 where the program is.
template <size_t N>
int become_under(sock_filter (&rules)[N], char** argv) {
  const sock_fprog program = {N, rules};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 126;
  ::execvp(argv[1], argv + 1);
  return 127;
}
