// Starts a program with the agent preloaded.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

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

// `path` as from find_program; argv[0] is the name as typed. `config`: the agent's, see spool.h. The program
// gets our standard streams, process group and environment, with LD_PRELOAD and PROF_AGENT set.
Result<Child> launch(const std::string& path, const std::vector<std::string>& argv,
                     const std::string& agent_library, const std::string& config, bool with_children,
                     const SignalRelay& signals);

}  // namespace prof::record
