#include "libprof/record/doctor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "libprof/base/files.h"
#include "libprof/record/cpu_tier.h"
#include "libprof/record/launch.h"
#include "libprof/record/perf_ring.h"
#include "libprof/record/spool_directory.h"
#include "libprof/spool/spool.h"

namespace prof::record {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

std::string setting(const std::string& path) {
  const auto text = read_file(path, 64);
  return text ? text->substr(0, text->find('\n')) : "";
}

volatile sig_atomic_t expiries = 0;

// How often a thread's CPU timer really expires when asked 1000 times a second: the kernel's tick bounds it.
Finding measure_timer() {
  Finding made = {"CPU timers", "", true, ""};
  struct sigaction count = {}, before = {};
  count.sa_handler = [](int) { expiries = expiries + 1; };
  count.sa_flags = SA_RESTART;
  ::sigaction(SIGPROF, &count, &before);
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGPROF;
  timer_t timer = {};
  if (::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) {
    made.works = false;
    made.state = std::string("refused: ") + std::strerror(errno);
    made.remedy = "ulimit -i 10000";
  } else {
    const itimerspec each = {{0, 1'000'000}, {0, 1'000'000}};
    ::timer_settime(timer, 0, &each, nullptr);
    timespec now = {}, start = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    double used = 0;
    do {
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
      used = static_cast<double>(now.tv_sec - start.tv_sec) +
             static_cast<double>(now.tv_nsec - start.tv_nsec) / 1e9;
    } while (used < 0.25);
    ::timer_delete(timer);
    made.state = std::to_string(std::lround(expiries / used)) +
                 " a second of 1000 asked; weights make up for the rest";
  }
  ::sigaction(SIGPROF, &before, nullptr);
  return made;
}

// A program into which the agent is preloaded, and which says so.
Finding try_preload() {
  Finding made = {"LD_PRELOAD", "works", true, ""};
  const auto agent = find_agent_library();
  if (!agent) return {"LD_PRELOAD", agent.error().what, false, agent.error().remedy};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {"LD_PRELOAD", std::strerror(errno), false, ""};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::setenv("LD_PRELOAD", agent->c_str(), 1);
    ::unsetenv(spool::kConfigVariable);
    ::execl("/bin/cat", "cat", "/proc/self/maps", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string maps;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    maps.append(buffer, static_cast<size_t>(size));
  }
  ::close(ends[0]);
  while (pid > 0 && ::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (maps.find(*agent) == std::string::npos) {
    made.works = false;
    made.state = "the loader does not load " + *agent;
    made.remedy = "see that it is readable, and built for this system: ldd " + *agent;
  }
  return made;
}

Finding find_agent() {
  const auto agent = find_agent_library();
  return agent ? Finding{"agent", *agent, true, ""}
               : Finding{"agent", agent.error().what, false, agent.error().remedy};
}

Finding check_space() {
  const std::string directory = temporary_directory();
  struct statvfs status = {};
  if (::statvfs(directory.c_str(), &status) != 0) {
    return {"space in " + directory, std::strerror(errno), false, "export TMPDIR=/dev/shm"};
  }
  const uint64_t free = status.f_bavail * status.f_frsize / kMiB;
  const bool is_writable = ::access(directory.c_str(), W_OK) == 0;
  const bool works = free >= 64 && is_writable;
  return {"space in " + directory, is_writable ? std::to_string(free) + " MiB" : "not writable", works,
          works ? "" : "export TMPDIR=/dev/shm"};
}

Finding check_paranoid() {
  const int level = perf_paranoid();
  if (level == -100) return {"perf_event_paranoid", "no perf in this kernel", false, ""};
  return {"perf_event_paranoid", std::to_string(level), level <= 2 || ::geteuid() == 0,
          level > 2 ? "sudo sysctl kernel.perf_event_paranoid=2" : ""};
}

// Which tier prof record -F 1000 gets.
Finding check_tier() {
  const CpuTier tier = try_tier();
  const std::string text = describe_tier(1000, tier);
  return {"at 1000 Hz", text.empty() ? "CPU timers, as fine as asked" : text, true, ""};
}

Finding check_ptrace() {
  const std::string scope = setting("/proc/sys/kernel/yama/ptrace_scope");
  const bool is_open = scope.empty() || scope == "0" || ::geteuid() == 0;
  return {"ptrace_scope", scope.empty() ? "unrestricted (no yama)" : scope, is_open,
          is_open ? "" : "sudo sysctl kernel.yama.ptrace_scope=0"};
}

std::string limit_of(__rlimit_resource which, uint64_t unit, const char* unit_name) {
  rlimit limit = {};
  ::getrlimit(which, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur / unit) + unit_name;
}

// A timer takes one, of those that all processes of the user share.
Finding check_queued_signals() {
  return {"queued signals", limit_of(RLIMIT_SIGPENDING, 1, "") + ": as many threads have a timer", true, ""};
}

Finding check_locked_memory() {
  const std::string own = limit_of(RLIMIT_MEMLOCK, 1 << 10, " KiB");
  const std::string perf = setting("/proc/sys/kernel/perf_event_mlock_kb");
  return {"locked memory", own + ", and " + (perf.empty() ? "0" : perf) + " KiB a CPU for perf", true, ""};
}

// Sampling from outside, tried on ourselves.
Finding try_perf() {
  PerfOptions options;
  options.pid = ::getpid();
  const auto rings = PerfRings::open(options);
  if (!rings) return {"attach, static", rings.error().what, false, rings.error().remedy};
  if (rings->sees_kernel()) return {"attach, static", "works, with time in the kernel", true, ""};
  return {"attach, static", "works; time in the kernel is not seen", true,
          "sudo sysctl kernel.perf_event_paranoid=1"};
}

}  // namespace

std::vector<Finding> examine_machine() {
  return {measure_timer(),       check_tier(),  check_paranoid(), check_ptrace(), check_queued_signals(),
          check_locked_memory(), check_space(), find_agent(),     try_preload(),  try_perf()};
}

}  // namespace prof::record
