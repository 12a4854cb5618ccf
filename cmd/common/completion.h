// Completion for shells, made from the command line's own description, so that the two cannot disagree.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace prof::cmd {

// What a parser does not hold.
struct CompletionRules {
  std::set<std::string> one_dash;  // commands that take long options with one dash too
  std::string runner;              // the one whose options end at the program that it runs
  // Of options whose type does not list them ("text|csv|json"): what an option may be, apart by blanks.
  std::map<std::string, std::string> values = {};
};
// The script that makes `shell` (bash, zsh or fish) complete the subcommands and options of `app`, what
// options may be where that is known, and file names elsewhere; nothing for other shells.
std::optional<std::string> completion_script(const CLI::App& app, const std::string& shell,
                                             const CompletionRules& rules = {});

}  // namespace prof::cmd
