// Running programs in tests: output, exit status and time captured, always bounded.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace prof::test {

struct Run {
  std::string directory;                   // working directory; empty: this process's
  std::string input;                       // its standard input
  std::map<std::string, std::string> env;  // added to this process's environment
  int timeout_seconds = 60;                // then SIGKILL, and `timed_out`
  int signal_after_ms = -1;                // >= 0: send `signal` that long after the start,
  int signal = 2;                          //       to the program and its children (its process group)
  bool terminal = false;                   // standard output and error on a pseudo-terminal (both in `out`)
};

struct Outcome {
  std::string out;
  std::string err;
  int code = -1;  // exit code; 128 + signal where a signal ended it
  bool timed_out = false;
  double user_seconds = 0;  // of the program and the children it waited for
  double system_seconds = 0;
};

// Runs argv (found through PATH) and waits for it. Throws std::runtime_error where it cannot be started.
Outcome run(const std::vector<std::string>& argv, const Run& options = {});

// The path of a program or library of this build: tool("prof"), library("libprof.so").
std::string tool(const std::string& name);
std::string library(const std::string& name);

// Whether `name` is found on PATH: for peers that are optional in tests, which then say that they skip.
bool has_program(const std::string& name);

}  // namespace prof::test
