// benchcmp(1), made from the command line's own description.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bench::cmd {

std::string man_page(const CLI::App& app);

}  // namespace bench::cmd
