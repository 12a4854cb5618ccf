#include "libprof/record/launch.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "libprof/spool/spool.h"

namespace prof::record {
namespace {

// The path of this program, also where /proc is missing; "" where it cannot be known.
std::string own_path() {
  char path[PATH_MAX] = {};
  if (::readlink("/proc/self/exe", path, sizeof path - 1) > 0) return path;
  const auto* const executed = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return executed != nullptr && ::realpath(executed, path) != nullptr ? path : "";
}

}  // namespace

Result<std::string> find_agent_library() {
  const char* given = std::getenv("PROF_AGENT_LIBRARY");
  std::vector<std::string> candidates;
  if (given != nullptr && *given != '\0') {
    candidates = {given};
  } else {
    const std::string program = own_path();
    if (program.empty()) {
      return fail("cannot find libprof.so: /proc is not readable", "set PROF_AGENT_LIBRARY to its path");
    }
    const std::string root = program.substr(0, program.rfind('/')) + "/..";
    candidates = {root + "/lib/libprof.so", root + "/lib/" PROF_MULTIARCH "/libprof.so"};
  }
  for (const auto& candidate : candidates) {
    char resolved[PATH_MAX];
    if (::access(candidate.c_str(), R_OK) != 0 || ::realpath(candidate.c_str(), resolved) == nullptr)
      continue;
    if (std::strpbrk(resolved, " :") != nullptr) {
      return fail(std::string("cannot preload ") + resolved + ": LD_PRELOAD allows no spaces or colons",
                  "install prof under another path");
    }
    return std::string(resolved);
  }
  return fail("cannot find the agent: " + candidates[0] + " is missing",
              "install prof again, or set PROF_AGENT_LIBRARY to the path of libprof.so");
}

Exit Child::wait() {
  Exit exit;
  while (::wait4(pid(), &exit.status, 0, &exit.usage) < 0 && errno == EINTR) {
  }
  return exit;
}

namespace {

[[noreturn]] void become(const Launch& launch, const SignalRelay& signals, int go, int failure) {
  char release = 0;  // nothing comes where the recorder cannot record, or is gone
  while (::read(go, &release, 1) < 0 && errno == EINTR) {
  }
  if (release == 0) ::_exit(127);
  signals.restore_in_child();
  if (!launch.agent_library.empty()) {
    const char* preloaded = std::getenv("LD_PRELOAD");
    const bool has_others = preloaded != nullptr && *preloaded != '\0';
    const std::string preload = launch.agent_library + (has_others ? std::string(":") + preloaded : "");
    const std::string only = launch.with_children ? "" : ";pid=" + std::to_string(::getpid());
    ::setenv("LD_PRELOAD", preload.c_str(), 1);
    ::setenv(spool::kConfigVariable, (launch.config + only).c_str(), 1);
  }
  std::vector<char*> arguments;
  arguments.reserve(launch.argv.size() + 1);
  for (const auto& argument : launch.argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(launch.path.c_str(), arguments.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Result<Child> launch(const Launch& launch, SignalRelay& signals) {
  int failure[2];  // closed by a successful exec, else tells errno
  int go[2];
  const auto cannot = [&](int error) {
    return fail("cannot start " + launch.path + ": " + std::strerror(error));
  };
  if (::pipe2(failure, O_CLOEXEC) != 0) return cannot(errno);
  if (::pipe2(go, O_CLOEXEC) != 0) {
    const int error = errno;
    ::close(failure[0]);
    ::close(failure[1]);
    return cannot(error);
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(go[1]);
    become(launch, signals, go[0], failure[1]);
  }
  int error = pid < 0 ? errno : 0;
  ::close(failure[1]);
  ::close(go[0]);
  const auto prepared = pid > 0 && launch.prepare ? launch.prepare(pid) : Result<void>();
  if (pid > 0) signals.hand_to(pid);
  if (pid > 0 && prepared && ::write(go[1], "g", 1) != 1) error = errno;
  ::close(go[1]);
  if (pid > 0) {
    while (::read(failure[0], &error, sizeof error) < 0 && errno == EINTR) {
    }
    if (error != 0 || !prepared) ::waitpid(pid, nullptr, 0);
  }
  ::close(failure[0]);
  if (!prepared) return tl::unexpected<Error>(prepared.error());
  if (error != 0) return cannot(error);
  return Child(pid);
}

}  // namespace prof::record
