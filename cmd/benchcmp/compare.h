// Read, compute, judge, print, decide: what `benchcmp OLD NEW` does, and every subcommand that ends in a
// comparison.
#pragma once

#include <string>

#include "cmd/benchcmp/options.h"

namespace bench::cmd {

// Prints the comparison of command.inputs as its flags ask for, and returns the exit code.
int compare(Command command);

// The verdict alone: prints nothing. It points to the waivers, which are read into `command`.
prof::Result<Verdict> verdict_on(Command& command);

// Prints "benchcmp: MESSAGE" on standard error; returns the exit code of a failure.
int report(const std::string& message);

}  // namespace bench::cmd
