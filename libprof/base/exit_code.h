// The exit codes of every command of ours. `prof record` passes the recorded program's own code through
// instead.
#pragma once

namespace prof {

enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,       // the work could not be done: no such file, malformed input, nothing left to compare
  kUsage = 2,         // the command line is wrong
  kRegression = 3,    // a gate found a regression
  kInconclusive = 4,  // a gate could not decide
  kInterrupted = 130  // Ctrl-C
};

}  // namespace prof
