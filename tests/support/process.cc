#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace prof::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {ends[0], ends[1]};
}

void close_end(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

[[noreturn]] void become(const std::vector<std::string>& argv, const Run& options, int in, int out, int err) {
  ::setpgid(0, 0);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
  for (const auto& [name, value] : options.env) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> args;
  for (const auto& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execvp(args[0], args.data());
  ::_exit(127);
}

// Appends what can be read; false at the end (a pseudo-terminal ends with EIO).
bool take(int fd, std::string& text) {
  char buffer[65536];
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  if (n > 0) text.append(buffer, static_cast<size_t>(n));
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

Outcome run(const std::vector<std::string>& argv, const Run& options) {
  Pipe in = open_pipe(), out, err;
  if (options.terminal) {
    if (::openpty(&out.read_end, &out.write_end, nullptr, nullptr, nullptr) != 0) {
      throw std::runtime_error("openpty failed");
    }
    ::fcntl(out.read_end, F_SETFD, FD_CLOEXEC);
  } else {
    out = open_pipe();
    err = open_pipe();
  }
  ::fcntl(in.write_end, F_SETFL, O_NONBLOCK);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0)
    become(argv, options, in.read_end, out.write_end, options.terminal ? out.write_end : err.write_end);
  ::setpgid(pid, pid);
  close_end(in.read_end);
  close_end(out.write_end);
  close_end(err.write_end);

  Outcome outcome;
  const auto start = Clock::now();
  const auto deadline = start + std::chrono::seconds(options.timeout_seconds);
  bool signalled = options.signal_after_ms < 0;
  const auto signal_at = start + std::chrono::milliseconds(options.signal_after_ms);
  size_t written = 0;
  ::signal(SIGPIPE, SIG_IGN);
  while (out.read_end >= 0 || err.read_end >= 0) {
    if (in.write_end >= 0 && written == options.input.size()) close_end(in.write_end);
    const auto now = Clock::now();
    if (!signalled && now >= signal_at) {
      ::kill(-pid, options.signal);
      signalled = true;
    }
    if (now >= deadline) {
      ::kill(-pid, SIGKILL);
      outcome.timed_out = true;
      break;
    }
    pollfd fds[] = {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}, {in.write_end, POLLOUT, 0}};
    if (::poll(fds, 3, 20) < 0) continue;
    if (fds[0].revents != 0 && !take(out.read_end, outcome.out)) close_end(out.read_end);
    if (fds[1].revents != 0 && !take(err.read_end, outcome.err)) close_end(err.read_end);
    if (fds[2].revents != 0) {
      const ssize_t n = ::write(in.write_end, options.input.data() + written, options.input.size() - written);
      if (n > 0) written += static_cast<size_t>(n);
      if (n < 0 && errno != EAGAIN && errno != EINTR) close_end(in.write_end);
    }
  }
  close_end(in.write_end);
  close_end(out.read_end);
  close_end(err.read_end);

  // Streams may close before the program ends: keep the deadline and the signal in force while waiting.
  int status = 0;
  rusage usage = {};
  while (::wait4(pid, &status, WNOHANG, &usage) == 0) {
    const auto now = Clock::now();
    if (!signalled && now >= signal_at) {
      ::kill(-pid, options.signal);
      signalled = true;
    }
    if (now >= deadline) {
      ::kill(-pid, SIGKILL);
      outcome.timed_out = true;
    }
    ::usleep(2000);
  }
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  outcome.user_seconds = seconds(usage.ru_utime);
  outcome.system_seconds = seconds(usage.ru_stime);
  return outcome;
}

std::string tool(const std::string& name) { return std::string(PROF_BUILD_DIR) + "/bin/" + name; }
std::string library(const std::string& name) { return std::string(PROF_BUILD_DIR) + "/lib/" + name; }

bool has_program(const std::string& name) {
  std::istringstream path(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string directory; std::getline(path, directory, ':');) {
    if (::access((directory + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace prof::test
