#include "cmd/benchcmp/shell.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <optional>

#include "stats/text/number.h"

namespace bench::cmd {
namespace {

// The signal that arrived, or 0: written by the handler, read by the one thread there is.
volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int signal) { interrupted = signal; }

constexpr int kInterrupts[] = {SIGINT, SIGTERM, SIGHUP};

// But SIGHUP where it is ignored, as under nohup: then it stays so.
sigset_t interrupts() {
  sigset_t set;
  ::sigemptyset(&set);
  struct sigaction hangup = {};
  ::sigaction(SIGHUP, nullptr, &hangup);
  for (const int signal : kInterrupts) {
    if (signal != SIGHUP || hangup.sa_handler != SIG_IGN) ::sigaddset(&set, signal);
  }
  return set;
}

void for_each_interrupt(void (*visit)(int signal)) {
  const sigset_t set = interrupts();
  for (const int signal : kInterrupts) {
    if (::sigismember(&set, signal) == 1) visit(signal);
  }
}

// An unnamed file for output of any size: the command never waits for us to read it.
class Capture {
 public:
  Capture() : fd_(::memfd_create("benchcmp", MFD_CLOEXEC)) {}
  Capture(const Capture&) = delete;
  ~Capture() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  std::string text() const {
    struct stat info = {};
    ::fstat(fd_, &info);
    std::string text(static_cast<size_t>(info.st_size), '\0');
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t n = ::pread(fd_, text.data() + done, text.size() - done, static_cast<off_t>(done));
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    text.resize(done);
    return text;
  }

 private:
  int fd_;
};

[[noreturn]] void become(const std::string& command, const ShellLimits& limits, const Capture& out,
                         const Capture& err) {
  ::setpgid(0, 0);
  for_each_interrupt([](int signal) { std::signal(signal, SIG_DFL); });
  const sigset_t set = interrupts();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(out.fd(), STDOUT_FILENO) < 0 ||
      ::dup2(err.fd(), STDERR_FILENO) < 0)
    ::_exit(127);
  if (limits.cpus && ::sched_setaffinity(0, sizeof *limits.cpus, &*limits.cpus) != 0) {
    ::dprintf(STDERR_FILENO, "cannot run on the CPUs that --cpu names: %s\n", std::strerror(errno));
    ::_exit(127);
  }
  ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

constexpr double kLongestWait = 1;    // seconds; whether the process is stopped no descriptor tells
constexpr double kBlindWait = 0.001;  // where nothing tells the end of a process

timespec interval(double seconds) {
  seconds = std::clamp(seconds, 0.0, kLongestWait);
  return {static_cast<time_t>(seconds), static_cast<long>((seconds - std::floor(seconds)) * 1e9)};
}

// Which of the states in `options` the process is in, without taking note of it: CLD_..., or 0.
int state_of(pid_t pid, int options, int* status = nullptr) {
  siginfo_t info = {};
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, options | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid)
    return 0;
  if (status != nullptr) *status = info.si_status;
  return info.si_code;
}

bool has_ended(pid_t pid) { return state_of(pid, WEXITED) != 0; }

bool wants_terminal(pid_t pid) {
  int signal = 0;
  return state_of(pid, WSTOPPED, &signal) != 0 && (signal == SIGTTIN || signal == SIGTTOU);
}

struct Reaped {
  int status = 0;
  rusage usage = {};
};

Reaped reap(pid_t pid) {
  Reaped reaped;
  while (::wait4(pid, &reaped.status, 0, &reaped.usage) < 0 && errno == EINTR) {
  }
  return reaped;
}

// Asks the group to end, so that traps and handlers can clean up, and kills what is left of it after a while.
Reaped end_group(pid_t pid, int signal) {
  constexpr int kSteps = 200;
  constexpr timespec kStep = {0, 10'000'000};
  ::kill(-pid, signal);
  ::kill(-pid, SIGCONT);  // what is stopped hears nothing else
  std::optional<Reaped> reaped;
  for (int step = 0; step < kSteps; step++) {
    if (!reaped && has_ended(pid)) reaped = reap(pid);
    // The number of a group that is empty may be another's soon: nothing is sent to it any more.
    if (reaped && ::kill(-pid, 0) != 0) return *reaped;
    ::nanosleep(&kStep, nullptr);
  }
  ::kill(-pid, SIGKILL);
  return reaped ? *reaped : reap(pid);
}

// Waits until the process has ended, or has to be: at the limit, on an interrupt, where it waits for the
// terminal. `pidfd` is -1 where pidfd_open is refused, by Linux before 5.3 and by sandboxes: then it looks
// again and again. Fails where it cannot wait.
prof::Result<Ran::End> await(pid_t pid, int pidfd, double timeout) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  sigset_t open;
  ::sigprocmask(SIG_BLOCK, nullptr, &open);
  for (const int signal : kInterrupts) ::sigdelset(&open, signal);
  while (true) {
    const double left = timeout - std::chrono::duration<double>(Clock::now() - start).count();
    if (interrupted != 0) return Ran::End::kInterrupted;
    if (timeout > 0 && left <= 0) return Ran::End::kTimedOut;
    const timespec wait =
        interval(std::min(timeout > 0 ? left : kLongestWait, pidfd < 0 ? kBlindWait : kLongestWait));
    pollfd ended = {pidfd, POLLIN, 0};
    // Interrupts are blocked but in ppoll: none can slip in between the look at `interrupted` and the wait.
    const int polled = ::ppoll(&ended, 1, &wait, &open);
    if (polled > 0 || (pidfd < 0 && has_ended(pid))) return Ran::End::kExited;
    if (polled == 0 && wants_terminal(pid)) return Ran::End::kStopped;
    if (polled < 0 && errno != EINTR)
      return prof::fail("cannot wait for a command: " + std::string(std::strerror(errno)));
  }
}

}  // namespace

prof::Result<cpu_set_t> parse_cpus(const std::string& list) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  size_t at = 0;
  while (at <= list.size()) {
    const size_t end = std::min(list.find(',', at), list.size());
    const std::string part = list.substr(at, end - at);
    const size_t dash = part.find('-');
    int64_t first = 0, last = 0;
    const bool good =
        parse_int(part.substr(0, dash), first) == NumberError::kNone &&
        parse_int(dash == std::string::npos ? part : part.substr(dash + 1), last) == NumberError::kNone &&
        first >= 0 && first <= last && last < CPU_SETSIZE;
    if (!good) return prof::fail("'" + list + "' is no list of CPUs", "write it like 0-3,8");
    for (int64_t cpu = first; cpu <= last; cpu++) CPU_SET(static_cast<size_t>(cpu), &cpus);
    at = end + 1;
  }
  return cpus;
}

prof::Result<Ran> run_shell(const std::string& command, const ShellLimits& limits) {
  const Capture out, err;
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = out.fd() < 0 || err.fd() < 0 ? -1 : ::fork();
  if (pid == 0) become(command, limits, out, err);
  const auto cannot = [&] { return prof::fail("cannot run '" + command + "': " + std::strerror(errno)); };
  if (pid < 0) return cannot();
  ::setpgid(pid, pid);  // whoever comes first: the group is there before anything is sent to it
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  const auto end = await(pid, pidfd, limits.timeout);
  if (pidfd >= 0) ::close(pidfd);
  const bool interrupt = end && *end == Ran::End::kInterrupted;
  const auto [status, usage] =
      end && *end == Ran::End::kExited ? reap(pid) : end_group(pid, interrupt ? int{interrupted} : SIGTERM);
  if (!end) return tl::unexpected(end.error());
  Ran ran;
  ran.end = *end;
  ran.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (ran.end == Ran::End::kExited && WIFSIGNALED(status)) ran.end = Ran::End::kSignalled;
  ran.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  ran.user_seconds = seconds(usage.ru_utime);
  ran.system_seconds = seconds(usage.ru_stime);
  ran.peak_bytes = static_cast<double>(usage.ru_maxrss) * 1024;
  ran.out = out.text();
  ran.err = err.text();
  return ran;
}

Interrupts::Interrupts() {
  const sigset_t set = interrupts();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  for_each_interrupt([](int signal) {
    struct sigaction action = {};
    action.sa_handler = on_interrupt;
    ::sigaction(signal, &action, nullptr);
  });
}

Interrupts::~Interrupts() {
  for_each_interrupt([](int signal) { std::signal(signal, SIG_DFL); });
  const sigset_t set = interrupts();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

bool Interrupts::arrived() {
  sigset_t pending;
  ::sigpending(&pending);
  return interrupted != 0 || std::any_of(std::begin(kInterrupts), std::end(kInterrupts),
                                         [&](int signal) { return ::sigismember(&pending, signal) == 1; });
}

}  // namespace bench::cmd
