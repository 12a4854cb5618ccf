// Go programs take -flag like --flag; CLI11 does not. Here the one becomes the other.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmd/benchcmp/options.h"

namespace bench::cmd {

// Arguments for CLI::App::parse, last first. `alone`: flags whose value is optional and then stands behind =
// only, with what they mean without.
std::vector<std::string> go_style_arguments(const CLI::App& app, int argc, const char* const* argv,
                                            const std::map<std::string, std::string>& alone);

// Parses them into what the app's options point to. What there is to print instead of going on: help, or what
// `wrong_usage` makes of a message.
std::optional<Exit> parse_arguments(CLI::App& app, int argc, const char* const* argv,
                                    const std::map<std::string, std::string>& alone,
                                    const std::function<Exit(const std::string&)>& wrong_usage);

}  // namespace bench::cmd
