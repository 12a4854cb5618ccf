#include "libprof/record/process_handle.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <optional>

using prof::record::ProcessHandle;

namespace {

pid_t start_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  return pid;
}

// A pidfd for each process, or, under a limit that leaves none to spare, none.
void with_and_without_pidfd(void (*check)(bool has_pidfd)) {
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (const rlim_t most : {before.rlim_cur, rlim_t{16}}) {
    const rlimit limit = {most, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    check(most == before.rlim_cur);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  }
}

}  // namespace

TEST_CASE("a child has ended as soon as it is dead, waited for or not") {
  with_and_without_pidfd([](bool has_pidfd) {
    CAPTURE(has_pidfd);
    const pid_t pid = start_sleeper();
    const ProcessHandle process(pid);
    CHECK((process.fd() >= 0) == has_pidfd);
    CHECK_FALSE(process.has_ended());
    ::kill(pid, SIGKILL);
    siginfo_t info = {};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    CHECK(process.has_ended());
    ::waitpid(pid, nullptr, 0);
    CHECK(process.has_ended());
  });
}

TEST_CASE("a process of another parent has ended when it is a zombie, and when it is gone") {
  with_and_without_pidfd([](bool has_pidfd) {
    CAPTURE(has_pidfd);
    int pipe[2], done[2];
    REQUIRE((::pipe(pipe) == 0 && ::pipe(done) == 0));
    const pid_t parent = ::fork();
    if (parent == 0) {
      const pid_t child = start_sleeper();
      if (::write(pipe[1], &child, sizeof child) != sizeof child) ::_exit(1);
      char unused = 0;
      siginfo_t info = {};
      ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
      if (::write(pipe[1], "z", 1) != 1 || ::read(done[0], &unused, 1) != 1) ::_exit(1);
      ::_exit(0);
    }
    pid_t child = 0;
    REQUIRE(::read(pipe[0], &child, sizeof child) == sizeof child);
    const ProcessHandle process(child);
    CHECK_FALSE(process.has_ended());
    ::kill(child, SIGKILL);
    char zombie = 0;
    REQUIRE(::read(pipe[0], &zombie, 1) == 1);
    CHECK(process.has_ended());
    CHECK(ProcessHandle(child).has_ended());
    REQUIRE(::write(done[1], "g", 1) == 1);
    ::waitpid(parent, nullptr, 0);
    CHECK(process.has_ended());
    for (const int fd : {pipe[0], pipe[1], done[0], done[1]}) ::close(fd);
  });
}

TEST_CASE("a number that no process has is a process that has ended") {
  CHECK(ProcessHandle(1 << 30).has_ended());
  CHECK_FALSE(ProcessHandle(::getpid()).has_ended());
  CHECK_FALSE(ProcessHandle(::getppid()).has_ended());
}
