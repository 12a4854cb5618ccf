/* agent_tracer PROGRAM ARGUMENTS: runs it as ltrace does, which takes each signal of the program's and sends
 * it again, as its own. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char** names) {
  if (count < 2) return 2;
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execvp(names[1], names + 1);
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    siginfo_t info = {0};
    long deliver = WSTOPSIG(status);
    if (deliver == SIGTRAP) deliver = 0; /* the exec */
    if (deliver == SIGPROF && ptrace(PTRACE_GETSIGINFO, child, NULL, &info) == 0 && info.si_code != SI_USER) {
      kill(child, SIGPROF);
      deliver = 0;
    }
    ptrace(PTRACE_CONT, child, NULL, deliver);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
