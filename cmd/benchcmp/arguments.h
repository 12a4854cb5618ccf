// Go programs take -flag like --flag; CLI11 does not. Here the one becomes the other.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace bench::cmd {

// Arguments for CLI::App::parse, last first. `alone`: flags whose value is optional and then stands behind =
// only, with what they mean without.
std::vector<std::string> go_style_arguments(const CLI::App& app, int argc, const char* const* argv,
                                            const std::map<std::string, std::string>& alone);

}  // namespace bench::cmd
