// How options are called where people read of them: in --help and in the manual pages.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace prof::cmd {

// As they are typed: "--children,--no-children", without the parser's note on what a switch sets ("{false}").
std::string typed_names(const CLI::Option& option);

// What stands for its value, "HZ"; "" of a switch.
std::string value_name(const CLI::Option& option);

// What it does, with the range and the default of its value: "samples per second (1 to 20000, default 100)".
std::string explanation(const CLI::Option& option);

// Help as the parser prints it, which leaves a description on one line, however long, and several blank lines
// behind each other: in lines of a terminal.
std::string wrapped(const std::string& help);

// For App::formatter(), before subcommands are added, which inherit it.
std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace prof::cmd
