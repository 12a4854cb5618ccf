// The subcommands of benchcmp: one row each. Any other first argument is an input or a flag of the
// comparison, so that plain `benchcmp old new` stays benchstat; an input that is called like a subcommand is
// named ./run.
#pragma once

#include <CLI/CLI.hpp>
#include <string_view>

namespace bench::cmd {

struct Subcommand {
  std::string_view name;
  const char* summary;                             // a line of --help
  int (*main)(int argc, const char* const* argv);  // argv[0] is the subcommand; returns the exit code
  void (*describe)(CLI::App& app);                 // adds its options, for what only reads their descriptions
};

int calibrate_main(int argc, const char* const* argv);
int completion_main(int argc, const char* const* argv);
int history_main(int argc, const char* const* argv);
int run_main(int argc, const char* const* argv);

void describe_calibrate(CLI::App& app);
void describe_completion(CLI::App& app);
void describe_history(CLI::App& app);
void describe_run(CLI::App& app);

constexpr Subcommand kSubcommands[] = {
    {"calibrate", "find the noise floor of this host, for --noise", calibrate_main, describe_calibrate},
    {"completion", "print the script by which a shell completes benchcmp", completion_main,
     describe_completion},
    {"history", "find the commits from which on benchmarks changed", history_main, describe_history},
    {"run", "run two builds in random interleaved pairs, and compare them", run_main, describe_run},
};

}  // namespace bench::cmd
