// Read, compute, judge, print, decide: what `benchcmp OLD NEW` does, and every subcommand that ends in a
// comparison.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cmd/benchcmp/options.h"
#include "stats/benchfmt/reader.h"

namespace bench::cmd {

// What profiles say about the regressions of a verdict.
using Explain = std::function<prof::Result<std::vector<Explanation>>(const Verdict&, const Tables&)>;

// Prints the comparison of command.inputs as its flags ask for, and returns the exit code. With `explain` the
// verdict is always part of it; where that fails, a warning is, and the exit code stays. `left_out` is what
// did not reach the inputs: the verdict has a warning of it, and of what readers leave out of them.
int compare(Command command, const Explain& explain = nullptr, LeftOut left_out = {});

// What is wrong with its expressions, or with the files of its policy: known before there is an input.
prof::Result<void> check_comparison(Command command);

// The verdict alone: prints nothing. It points to the waivers, which are read into `command`.
prof::Result<Verdict> verdict_on(Command& command);

}  // namespace bench::cmd
