// Programs that this process starts by posix_spawn: as those that it becomes (exec_hooks.cc).
//
// Called from: threads, and children of fork and vfork, which may hold any lock and share their parent's
// memory: nothing here allocates, locks or changes what it was given.
#include <spawn.h>

#include <cerrno>

#include "libprof/agent/agent.h"
#include "libprof/agent/exec_record.h"
#include "libprof/agent/next.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/with_agent.h"

namespace prof::agent {
namespace {

using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                  char* const*, char* const*);

// Written by the constructor, before any other thread is there to read them, or by a first call before it.
Spawn* next_spawn = nullptr;
Spawn* next_spawnp = nullptr;
Spawn* next_old_spawn = nullptr;
Spawn* next_old_spawnp = nullptr;

void resolve() {
  if (next_spawn != nullptr) return;
  next_spawnp = find_next<Spawn>("posix_spawnp");
  next_old_spawn = find_next<Spawn>("posix_spawn", "GLIBC_2.2.5");
  next_old_spawnp = find_next<Spawn>("posix_spawnp", "GLIBC_2.2.5");
  next_spawn = find_next<Spawn>("posix_spawn");
}

[[gnu::constructor]] void init() {
  const int saved = errno;
  resolve();
  errno = saved;
}

template <typename Takes>
int spawn(Spawn* next, Takes takes, pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
          const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
  const int64_t before = time_of_exec();
  pid_t child = 0;
  // What the child inherits.
  const bool was_hidden = show_blocking();
  const bool is_ignored = show_ignoring();
  const int code = with_agent(environment, takes, [&](char* const* with) {
    return next(&child, path, actions, attributes, arguments, with);
  });
  if (is_ignored) hide_ignoring();
  if (was_hidden) hide_blocking();
  if (code == 0) {
    if (pid != nullptr) *pid = child;
    tell_exec(before, child, path);
  }
  return code;
}

}  // namespace
}  // namespace prof::agent

using namespace prof::agent;

extern "C" {

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

}  // extern "C"
