// What the subcommands of `prof` share: how one registers itself, how it reports failure.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/base/exit_code.h"

namespace prof::cmd {

// The command line under construction. A subcommand's register function adds its CLI::App to `app` and, in
// that App's callback, sets `run`; main() parses, then calls it. Parsing never does the work.
struct Cli {
  CLI::App app;
  std::vector<std::string>
      command;                     // what `prof record` runs, or `prof pprof` is told: cut off before parsing
  std::function<int()> run;        // returns the process's exit code
  std::set<std::string> one_dash;  // subcommands whose long options may be typed with one dash, as in pprof
  // How subcommands with many options add them: adding those of all would cost half of a start.
  std::vector<std::pair<CLI::App*, std::function<void()>>> options;
};

// Adds the options of the subcommand that was typed, by its name or alias; the others' stay unknown to the
// parser, which does not meet them. Of all, for what describes the whole command line.
void add_options(Cli& cli, const std::string& subcommand);
void add_all_options(Cli& cli);

// Makes `subcommand` take -nodecount=20 for --nodecount=20.
void accept_one_dash(Cli& cli, const CLI::App& subcommand);

// Writes such options with two dashes, for the parser; other subcommands' arguments stay as they are.
void double_dashes(const Cli& cli, std::vector<std::string>& arguments);
void double_dash(const CLI::App& subcommand, std::string& word);

// Prints "prof: <error>" to standard error and returns its exit code.
int report(const Error& error, ExitCode code = ExitCode::kFailure);

// 0, or the exit code of the error, which is printed.
int finish(const Result<void>& done);

// Prints each as "prof: warning: <text>" to standard error.
void show(const Warnings& warnings);

}  // namespace prof::cmd
