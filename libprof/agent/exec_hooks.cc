// Programs that this process becomes or starts: recorded too, also where their environment was scrubbed; left
// as they are where the agent would keep them from running; and named in the spool, so that those which
// cannot be recorded are told.
//
// Called from: threads, and children of fork and vfork, which may hold any lock and share their parent's
// memory: nothing here allocates, locks or changes what it was given.
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libprof/agent/agent.h"
#include "libprof/agent/clock.h"
#include "libprof/agent/injection.h"
#include "libprof/agent/next.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/preload_target.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/state.h"

namespace prof::agent {
namespace {

using Exec = int(const char*, char* const*, char* const*);
using ExecFd = int(int, char* const*, char* const*);
using ExecAt = int(int, const char*, char* const*, char* const*, int);
using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                  char* const*, char* const*);
using Leave = void(int);

// Written by the constructor, before any other thread is there to read them, or by a first call before it.
Exec* next_execve = nullptr;
Exec* next_execvpe = nullptr;
ExecFd* next_fexecve = nullptr;
ExecAt* next_execveat = nullptr;
Spawn* next_spawn = nullptr;
Spawn* next_spawnp = nullptr;
Spawn* next_old_spawn = nullptr;
Spawn* next_old_spawnp = nullptr;
Leave* next_leave = nullptr;

void resolve() {
  if (next_execve != nullptr) return;
  next_execvpe = find_next<Exec>("execvpe");
  next_fexecve = find_next<ExecFd>("fexecve");
  next_execveat = find_next<ExecAt>("execveat");
  next_spawn = find_next<Spawn>("posix_spawn");
  next_spawnp = find_next<Spawn>("posix_spawnp");
  next_old_spawn = find_next<Spawn>("posix_spawn", "GLIBC_2.2.5");
  next_old_spawnp = find_next<Spawn>("posix_spawnp", "GLIBC_2.2.5");
  next_leave = find_next<Leave>("_exit");
  next_execve = find_next<Exec>("execve");
}

[[gnu::constructor]] void init() {
  const int saved = errno;
  resolve();
  init_injection();
  errno = saved;
}

bool is_open() { return state->is_open.load(std::memory_order_acquire); }

// 0 where nobody asks: a process that is not recorded may have forbidden itself the clock.
int64_t time_of_exec() { return is_open() ? now_ns(CLOCK_MONOTONIC) : 0; }

void write_exec(int64_t time_ns, pid_t pid, const char* path, size_t size) {
  const spool::Exec exec = {time_ns, static_cast<uint32_t>(pid), static_cast<uint32_t>(size)};
  state->writer.write(spool::RecordType::kExec, exec, path, size);
}

// `path` is made absolute where it is relative to a directory that only this process knows.
void tell_exec(int64_t time_ns, pid_t pid, const char* path) {
  if (!is_open() || path == nullptr) return;
  const size_t rest = std::strlen(path);
  if (rest > kPageSize) return;
  if (path[0] == '/' || std::strchr(path, '/') == nullptr) return write_exec(time_ns, pid, path, rest);
  auto* const whole = static_cast<char*>(map_pages(kPageSize));  // the stack may be a signal handler's
  if (whole == nullptr) return;
  const long length = ::syscall(SYS_getcwd, whole, kPageSize);
  const size_t size = length > 1 ? static_cast<size_t>(length) : 0;
  if (size > 0) whole[size - 1] = '/';
  if (size + rest <= kPageSize) {
    std::memcpy(whole + size, path, rest);
    write_exec(time_ns, pid, whole, size + rest);
  }
  unmap_pages(whole, kPageSize);
}

// Before this process becomes another program, and after it could not.
class Becoming {
 public:
  // `path` may be null: then it is not told which.
  explicit Becoming(const char* path) : has_changed_mask_(quieten_for_exec()) {
    tell_exec(time_of_exec(), ::getpid(), path);
    if (!is_open()) return;
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
    resume_after_exec(has_changed_mask_);
    errno = saved;
  }

 private:
  bool has_changed_mask_;
};

// Runs `call` with an environment in which the agent is, where `takes(agent)`.
template <typename Takes, typename Call>
int with_agent(char* const* environment, Takes takes, Call call) {
  const int saved = errno;
  const char* const agent = injected_agent();
  const Injection injection(environment, agent == nullptr || takes(agent));
  errno = saved;
  auto** const array = static_cast<char**>(__builtin_alloca(injection.array_size()));
  auto* const text = static_cast<char*>(__builtin_alloca(injection.text_size()));
  return call(injection.into(array, text));
}

// What execve, and what execvp would run.
auto at_path(const char* path) {
  return [path](const char* agent) { return path == nullptr || takes_preload(agent, AT_FDCWD, path); };
}
auto by_name(const char* name) {
  return [name](const char* agent) { return name == nullptr || takes_preload_by_name(agent, name); };
}

template <typename Takes>
int spawn(Spawn* next, Takes takes, pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
          const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
  const int64_t before = time_of_exec();
  pid_t child = 0;
  const bool was_hidden = show_blocking();  // the child inherits the mask
  const int code = with_agent(environment, takes, [&](char* const* with) {
    return next(&child, path, actions, attributes, arguments, with);
  });
  if (was_hidden) hide_blocking();
  if (code == 0) {
    if (pid != nullptr) *pid = child;
    tell_exec(before, child, path);
  }
  return code;
}

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

PROF_EXPORT int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                            const posix_spawnattr_t* attributes, char* const* arguments,
                            char* const* environment) {
  resolve();
  return spawn(next_spawn, at_path(path), pid, path, actions, attributes, arguments, environment);
}

PROF_EXPORT int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                             const posix_spawnattr_t* attributes, char* const* arguments,
                             char* const* environment) {
  resolve();
  return spawn(next_spawnp, by_name(file), pid, file, actions, attributes, arguments, environment);
}

// What programs that were linked before glibc 2.15 call: those run a script without a first line by sh.
// versions.map makes these the default versions' elders.
asm(".symver prof_old_spawn, posix_spawn@GLIBC_2.2.5, remove");
asm(".symver prof_old_spawnp, posix_spawnp@GLIBC_2.2.5, remove");

PROF_EXPORT int prof_old_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                               const posix_spawnattr_t* attributes, char* const* arguments,
                               char* const* environment) {
  resolve();
  return spawn(next_old_spawn, at_path(path), pid, path, actions, attributes, arguments, environment);
}

PROF_EXPORT int prof_old_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* attributes, char* const* arguments,
                                char* const* environment) {
  resolve();
  return spawn(next_old_spawnp, by_name(file), pid, file, actions, attributes, arguments, environment);
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
