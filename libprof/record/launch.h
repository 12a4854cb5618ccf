// Starts a program with the agent preloaded.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/record/signal_relay.h"

namespace prof::record {

// libprof.so of this installation: $PROF_AGENT_LIBRARY, or as it lies relative to the running program.
Result<std::string> find_agent_library();

struct Exit {
  int status = 0;     // as wait(2) gives it
  rusage usage = {};  // of the program and all its descendants that were waited for
};

class Child {
 public:
  Child(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  int fd() const { return pidfd_; }  // readable when it has ended
  Exit wait();

 private:
  pid_t pid_;
  int pidfd_;
};

struct Launch {
  std::string path;               // as from find_program
  std::vector<std::string> argv;  // [0] is the name as typed
  std::string agent_library;      // "": the program runs without the agent
  std::string config;             // the agent's, see spool.h
  bool with_children = true;
  // Called with the new process's number before it becomes the program; where it fails, nothing runs.
  std::function<Result<void>(pid_t)> prepare;
};

// The program gets our standard streams, process group and environment; with an agent, LD_PRELOAD and
// PROF_AGENT are set, too.
Result<Child> launch(const Launch& launch, SignalRelay& signals);

}  // namespace prof::record
