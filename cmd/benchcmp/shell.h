// Runs one shell command and waits for it: captured output, wall and CPU time, a limit, CPUs to run on,
// Ctrl-C.
#pragma once

#include <sched.h>

#include <optional>
#include <string>

#include "libprof/base/error.h"

namespace bench::cmd {

// "0", "2,3", "0-3,8": as taskset takes it. Fails on anything else, and on a list without a CPU.
prof::Result<cpu_set_t> parse_cpus(const std::string& list);

struct ShellLimits {
  std::optional<cpu_set_t> cpus;
  double timeout = 0;  // seconds, then it is ended with its process group; 0: none
};

struct Ran {
  enum class End {
    kExited,
    kSignalled,
    kTimedOut,
    kInterrupted,
    kStopped,  // by the terminal, which it read or changed: a process in the background may not
  };
  End end = End::kExited;
  int code = 0;  // exit code, or the signal
  std::string out, err;
  double wall_seconds = 0;
  double user_seconds = 0, system_seconds = 0;  // of the command and all that it waited for
  double peak_bytes = 0;                        // the largest of its processes
};

// By /bin/sh -c, with an empty standard input, as a process group of its own. Fails where it cannot be
// started. What does not end by itself is asked to, by the signal that arrived or SIGTERM, and killed with
// all of its group two seconds later. REQUIRES: an Interrupts object where Ctrl-C should end the command and
// be told as kInterrupted.
prof::Result<Ran> run_shell(const std::string& command, const ShellLimits& limits);

// While it exists, SIGINT, SIGTERM and (unless ignored, as by nohup) SIGHUP end the command that runs, and no
// longer this process.
class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  ~Interrupts();
  static bool arrived();
};

}  // namespace bench::cmd
