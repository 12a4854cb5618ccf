// A call that becomes or starts a program, with the agent in that program's environment (injection.h).
//
// Called from: threads, and children of fork and vfork, which may hold any lock and share their parent's
// memory: nothing here allocates, locks or changes what it was given.
#pragma once

#include <fcntl.h>

#include <cerrno>

#include "libprof/agent/injection.h"
#include "libprof/agent/preload_target.h"

namespace prof::agent {

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
inline auto at_path(const char* path) {
  return [path](const char* agent) { return path == nullptr || takes_preload(agent, AT_FDCWD, path); };
}
inline auto by_name(const char* name) {
  return [name](const char* agent) { return name == nullptr || takes_preload_by_name(agent, name); };
}

}  // namespace prof::agent
