// Starts a program with the agent preloaded.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/record/process_handle.h"
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
  explicit Child(pid_t pid) : process_(pid) {}

  pid_t pid() const { return process_.pid(); }
  const ProcessHandle& process() const { return process_; }
  Exit wait();

 private:
  ProcessHandle process_;
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
