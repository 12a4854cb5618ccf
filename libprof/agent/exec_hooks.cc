// Programs that this process becomes: recorded too, also where their environment was scrubbed; left as they
// are where the agent would keep them from running; and named in the spool, so that those which cannot be
// recorded are told. And processes that end without their destructors.
//
// Called from: threads, and children of fork and vfork, which may hold any lock and share their parent's
// memory: nothing here allocates, locks or changes what it was given.
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include <cerrno>

#include "libprof/agent/agent.h"
#include "libprof/agent/clock.h"
#include "libprof/agent/exec_record.h"
#include "libprof/agent/injection.h"
#include "libprof/agent/next.h"
#include "libprof/agent/preload_target.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/state.h"
#include "libprof/agent/with_agent.h"

namespace prof::agent {
namespace {

using Exec = int(const char*, char* const*, char* const*);
using ExecFd = int(int, char* const*, char* const*);
using ExecAt = int(int, const char*, char* const*, char* const*, int);
using Leave = void(int);

// Written by the constructor, before any other thread is there to read them, or by a first call before it.
Exec* next_execve = nullptr;
Exec* next_execvpe = nullptr;
ExecFd* next_fexecve = nullptr;
ExecAt* next_execveat = nullptr;
Leave* next_leave = nullptr;

void resolve() {
  if (next_execve != nullptr) return;
  next_execvpe = find_next<Exec>("execvpe");
  next_fexecve = find_next<ExecFd>("fexecve");
  next_execveat = find_next<ExecAt>("execveat");
  next_leave = find_next<Leave>("_exit");
  next_execve = find_next<Exec>("execve");
}

[[gnu::constructor]] void init() {
  const int saved = errno;
  resolve();
  init_injection();
  errno = saved;
}

// Before this process becomes another program, and after it could not.
class Becoming {
 public:
  // `path` may be null: then it is not told which.
  explicit Becoming(const char* path) : shown_(quieten_for_exec()) {
    tell_exec(time_of_exec(), ::getpid(), path);
    if (!state->is_open.load(std::memory_order_acquire)) return;
    settle_recording();
    spool::Header* const header = state->writer.header();
    if (header->pid == static_cast<uint32_t>(::getpid())) {
      header->cpu_time_ns.store(static_cast<uint64_t>(now_ns(CLOCK_PROCESS_CPUTIME_ID)),
                                std::memory_order_relaxed);
    }
  }
  ~Becoming() {
    const int saved = errno;
    tell_exec(time_of_exec(), ::getpid(), "");
    resume_recording();
    resume_after_exec(shown_);
    errno = saved;
  }

 private:
  Shown shown_;
};

// The arguments of execl and its kin as an array.
size_t count_arguments(va_list list) {
  size_t count = 1;
  while (va_arg(list, const char*) != nullptr) ++count;
  return count;
}

// <unistd.h> promises that it is never null, which programs do not keep.
const char* maybe_null(const char* text) {
  asm("" : "+r"(text));
  return text;
}

void leave(int code) {
  leave_recording();
  resolve();
  next_leave(code);
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

// Collects `first` and what follows it up to a null into `arguments`; `last` is the list after it.
#define PROF_COLLECT_ARGUMENTS(first)                                                                   \
  va_list list;                                                                                         \
  va_start(list, first);                                                                                \
  va_list counting;                                                                                     \
  va_copy(counting, list);                                                                              \
  const size_t argument_count = maybe_null(first) == nullptr ? 0 : count_arguments(counting);           \
  va_end(counting);                                                                                     \
  auto** const arguments = static_cast<char**>(__builtin_alloca((argument_count + 1) * sizeof(char*))); \
  arguments[0] = const_cast<char*>(first);                                                              \
  for (size_t i = 1; i <= argument_count; ++i) arguments[i] = va_arg(list, char*)

extern "C" {

PROF_EXPORT int execve(const char* path, char* const* arguments, char* const* environment) noexcept {
  resolve();
  const Becoming becoming(path);
  return with_agent(environment, at_path(path),
                    [&](char* const* with) { return next_execve(path, arguments, with); });
}

PROF_EXPORT int execvpe(const char* file, char* const* arguments, char* const* environment) noexcept {
  resolve();
  const Becoming becoming(file);
  return with_agent(environment, by_name(file),
                    [&](char* const* with) { return next_execvpe(file, arguments, with); });
}

PROF_EXPORT int execv(const char* path, char* const* arguments) noexcept {
  return execve(path, arguments, environ);
}

PROF_EXPORT int execvp(const char* file, char* const* arguments) noexcept {
  return execvpe(file, arguments, environ);
}

PROF_EXPORT int fexecve(int fd, char* const* arguments, char* const* environment) noexcept {
  resolve();
  const Becoming becoming(nullptr);
  return with_agent(
      environment, [fd](const char* agent) { return takes_preload_by_fd(agent, fd); },
      [&](char* const* with) { return next_fexecve(fd, arguments, with); });
}

PROF_EXPORT int execveat(int directory, const char* path, char* const* arguments, char* const* environment,
                         int flags) noexcept {
  resolve();
  if (next_execveat == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  const Becoming becoming(nullptr);
  const auto takes = [&](const char* agent) {
    const bool is_fd = path != nullptr && *path == '\0';
    return is_fd ? takes_preload_by_fd(agent, directory)
                 : path == nullptr || takes_preload(agent, directory, path);
  };
  return with_agent(environment, takes, [&](char* const* with) {
    return next_execveat(directory, path, arguments, with, flags);
  });
}

PROF_EXPORT int execl(const char* path, const char* first, ...) noexcept {
  PROF_COLLECT_ARGUMENTS(first);
  va_end(list);
  return execve(path, arguments, environ);
}

PROF_EXPORT int execlp(const char* file, const char* first, ...) noexcept {
  PROF_COLLECT_ARGUMENTS(first);
  va_end(list);
  return execvpe(file, arguments, environ);
}

PROF_EXPORT int execle(const char* path, const char* first, ...) noexcept {
  PROF_COLLECT_ARGUMENTS(first);
  char* const* const environment = va_arg(list, char* const*);
  va_end(list);
  return execve(path, arguments, environment);
}

// What leaves without the destructors still tells its CPU time.
PROF_EXPORT void _exit(int code) {
  leave(code);
  __builtin_unreachable();
}

PROF_EXPORT void _Exit(int code) noexcept {
  leave(code);
  __builtin_unreachable();
}

}  // extern "C"
