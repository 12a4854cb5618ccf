#include "libprof/agent/collector_process.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "libprof/agent/own_process.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/watch.h"
#include "libprof/spool/spool.h"

namespace prof::agent {
namespace {

using Path = Text<4096>;

// $PROF_TOOL, beside this library, else whatever the PATH of its environment finds (then without a slash).
void find_tool(Path& tool) {
  if (const char* named = ::secure_getenv("PROF_TOOL"); named != nullptr && named[0] != '\0') {
    tool.add(named);
    return;
  }
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<void*>(&find_tool), &info) != 0 && info.dli_fname != nullptr) {
    if (const char* slash = std::strrchr(info.dli_fname, '/')) {
      tool.add(info.dli_fname, static_cast<size_t>(slash - info.dli_fname)).add("/../bin/prof");
      if (::access(tool.c_str(), X_OK) == 0) return;
      tool.clear();
    }
  }
  tool.add("prof");
}

// The environment without what would make the collector record itself. `to` is all null.
void copy_environment(char** to, size_t capacity) {
  size_t count = 0;
  for (char** entry = environ; *entry != nullptr && count + 1 < capacity; ++entry) {
    const bool is_ours =
        std::strncmp(*entry, spool::kConfigVariable, std::strlen(spool::kConfigVariable)) == 0;
    if (!is_ours && std::strncmp(*entry, "LD_PRELOAD=", 11) != 0) to[count++] = *entry;
  }
}

struct Exec {
  const char* tool;
  char** arguments;
  char** environment;
  int report;
  int failure;  // gets the process's number, and errno where the exec failed; closed by the exec
};

// In the grandchild: everything of the program's is left behind. Only system calls and exec.
[[noreturn]] void become_collector(const Exec& exec) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
  ::dup2(exec.report, 3);
  ::dup2(exec.failure, 4);
  ::fcntl(4, F_SETFD, FD_CLOEXEC);
  const int self = ::getpid();
  [[maybe_unused]] const ssize_t told = ::write(4, &self, sizeof self);
  ::syscall(SYS_close_range, 5u, ~0u, 0u);
  for (int number = 1; number < 32; ++number) {
    struct sigaction standard = {};
    ::sigaction(number, &standard, nullptr);
  }
  change_signal_mask(SIG_SETMASK, 0);
  environ = exec.environment;
  ::execvp(exec.tool, exec.arguments);
  const int code = errno;
  [[maybe_unused]] const ssize_t written = ::write(4, &code, sizeof code);
  ::_exit(127);
}

// False, and `value` as it was, at the end of the pipe.
bool take(int pipe, int& value) {
  int taken = 0;
  ssize_t size = 0;
  while ((size = ::read(pipe, &taken, sizeof taken)) < 0 && errno == EINTR) {
  }
  if (size != sizeof taken) return false;
  value = taken;
  return true;
}

// Whether `report` is still the pipe that was opened.
bool has_report(const CollectorProcess& process) {
  struct stat status = {};
  return process.report >= 0 && ::fstat(process.report, &status) == 0 &&
         status.st_dev == process.report_device && status.st_ino == process.report_inode;
}

bool no_descriptors(Message& error) {
  error.add("cannot start the collector: no descriptors are left; close some, or allow more with ulimit -n");
  return false;
}

// A raw fork: without the program's fork handlers, which are not ours to run, and with no exit signal, so
// that neither wait() nor SIGCHLD tells of it.
long quiet_fork() { return ::syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr); }

}  // namespace

bool start_collector(const char* spools, const char* output, CollectorProcess& process, Message& error) {
  Path tool;
  find_tool(tool);
  int report[2];
  int failure[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return no_descriptors(error);
  if (::pipe2(failure, O_CLOEXEC) != 0) {
    ::close(report[0]);
    ::close(report[1]);
    return no_descriptors(error);
  }
  // Above the numbers that the collector gets, so that its dup2 calls cannot meet them.
  const int report_write = ::fcntl(report[1], F_DUPFD_CLOEXEC, 10);
  const int failure_write = ::fcntl(failure[1], F_DUPFD_CLOEXEC, 10);
  ::close(report[1]);
  ::close(failure[1]);

  constexpr size_t kMaxEnvironment = 8192;
  auto** const environment = static_cast<char**>(map_pages(kMaxEnvironment * sizeof(char*)));
  const char* arguments[] = {"prof",        "collect", "--follow", "--output-dir", output,
                             "--report-fd", "3",       spools,     nullptr};
  const bool has_pipes = report_write >= 0 && failure_write >= 0;
  int code = ENOMEM;
  if (environment != nullptr && has_pipes) {
    // A stranger's environment stays behind: exec then looks for the tool in the system's own directories.
    if (!is_set_id()) copy_environment(environment, kMaxEnvironment);
    const Exec exec = {tool.c_str(), const_cast<char**>(arguments), environment, report_write, failure_write};
    const SignalMask before = change_signal_mask(SIG_SETMASK, ~SignalMask{0});
    const long child = quiet_fork();
    if (child == 0) {
      if (quiet_fork() == 0) become_collector(exec);
      ::_exit(0);
    }
    code = child < 0 ? errno : 0;
    change_signal_mask(SIG_SETMASK, before);
    if (child > 0) {
      while (::waitpid(static_cast<pid_t>(child), nullptr, __WCLONE) < 0 && errno == EINTR) {
      }
    }
  }
  ::close(report_write);
  ::close(failure_write);
  unmap_pages(environment, kMaxEnvironment * sizeof(char*));
  if (code == 0 && !take(failure[0], process.pid)) code = EAGAIN;  // its second fork failed
  if (code == 0) take(failure[0], code);  // nothing, when the exec closed the other end
  ::close(failure[0]);
  if (code == 0) {
    struct stat status = {};
    ::fstat(report[0], &status);
    process.report = report[0];
    process.report_device = status.st_dev;
    process.report_inode = status.st_ino;
    process.spools.clear();
    process.spools.add(spools);
    return true;
  }
  ::close(report[0]);
  if (!has_pipes) return no_descriptors(error);
  const char* reason = ::strerrordesc_np(code);
  error.add("cannot start ")
      .add(tool.c_str())
      .add(" to write profiles: ")
      .add(reason != nullptr ? reason : "failed");
  error.add(is_set_id() ? "; install prof beside libprof.so" : "; install prof, or name it in PROF_TOOL");
  return false;
}

bool is_alive(const CollectorProcess& process) {
  if (!has_report(process)) return ::kill(process.pid, 0) == 0;
  pollfd end = {process.report, POLLIN, 0};
  return ::poll(&end, 1, 0) <= 0;
}

void describe_stall(const CollectorProcess& process, Message& error) {
  const auto number = static_cast<uint64_t>(process.pid);
  error.add("the collector, process ").add(number).add(", stands still; if it was stopped, kill -CONT ");
  error.add(number).add(" lets it write the profiles");
}

namespace {

constexpr int kLookMilliseconds = 100;

// Without the pipe: a collector that has written its profiles removes the spools.
bool wait_without_report(const CollectorProcess& process, Message& error) {
  error.clear();
  const auto is_done = [&] { return ::access(process.spools.c_str(), F_OK) != 0; };
  for (Watch watch(process.pid); is_alive(process) && !is_done(); ::poll(nullptr, 0, kLookMilliseconds)) {
    if (!watch.has_stalled()) continue;
    describe_stall(process, error.add("profiles are not written yet: "));
    return false;
  }
  if (is_done()) return true;
  error.add("profiles are not written, and the program has closed the descriptor that would say why; make ");
  error.add("them with: prof collect ").add(process.spools.c_str());
  return false;
}

}  // namespace

bool wait_for_collector(CollectorProcess& process, Message& error) {
  char buffer[400];
  bool is_told = false;
  for (Watch watch(process.pid);;) {
    if (!has_report(process)) return wait_without_report(process, error);
    pollfd end = {process.report, POLLIN, 0};
    if (::poll(&end, 1, kLookMilliseconds) <= 0) {
      if (!watch.has_stalled()) continue;
      describe_stall(process, error.add("profiles are not written yet: "));
      is_told = true;
      break;
    }
    const ssize_t size = ::read(process.report, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    is_told = buffer[size - 1] == '\0';
    error.add(buffer, static_cast<size_t>(size - (is_told ? 1 : 0)));
  }
  if (!is_told) {
    error.clear();
    error.add("profiles are not written: the collector, process ").add(static_cast<uint64_t>(process.pid));
    error.add(", was killed");
    if (::secure_getenv("PROF_TOOL") != nullptr) error.add(", or PROF_TOOL names another program");
    error.add("; make them with: prof collect ").add(process.spools.c_str());
  }
  ::close(process.report);
  process.report = -1;
  return error.length() == 0;
}

}  // namespace prof::agent
