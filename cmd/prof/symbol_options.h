// The options about symbols of every command that reads profiles.
#pragma once

#include "cmd/prof/cli.h"
#include "libprof/symbols/profile_symbols.h"

namespace prof::cmd {

void add_symbol_options(CLI::App& app, symbols::ReadingOptions& options);

}  // namespace prof::cmd
