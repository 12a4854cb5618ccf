// How options are called where people read of them: in --help and in the manual pages.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace prof::cmd {

// As they are typed: "--children,--no-children", without the parser's note on what a switch sets ("{false}").
std::string typed_names(const CLI::Option& option);

// For App::formatter(), before subcommands are added, which inherit it.
std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace prof::cmd
