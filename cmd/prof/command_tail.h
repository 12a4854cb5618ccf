// The command line of another program behind our own options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace prof::cmd {

// Where `arguments` name subcommand `name` of `app`: cuts off everything behind it from the first word on
// that is neither an option nor the value of one; a "--" before it goes too. Long options before it may have
// one dash, and have two then. CLI11's own prefix_command would
// take a program called like one of our subcommands for that subcommand.
std::vector<std::string> cut_command_tail(const CLI::App& app, const std::string& name,
                                          std::vector<std::string>& arguments);

}  // namespace prof::cmd
