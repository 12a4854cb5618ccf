// The subcommands of benchcmp: one row each. Any other first argument is an input or a flag of the
// comparison, so that plain `benchcmp old new` stays benchstat; an input that is called like a subcommand is
// named ./run.
#pragma once

#include <string_view>

namespace bench::cmd {

struct Subcommand {
  std::string_view name;
  const char* summary;                             // a line of --help
  int (*main)(int argc, const char* const* argv);  // argv[0] is the subcommand; returns the exit code
};

int calibrate_main(int argc, const char* const* argv);
int history_main(int argc, const char* const* argv);
int run_main(int argc, const char* const* argv);

constexpr Subcommand kSubcommands[] = {
    {"calibrate", "find the noise floor of this host, for --noise", calibrate_main},
    {"history", "find the commits from which on benchmarks changed", history_main},
    {"run", "run two builds in random interleaved pairs, and compare them", run_main},
};

}  // namespace bench::cmd
