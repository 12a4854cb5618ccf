// What a command line can say about where profiles come from: one table, of which both command lines, ours
// and pprof's, are made.
#pragma once

#include <span>
#include <string>

#include "cmd/prof/cli.h"
#include "cmd/prof/sources.h"

namespace prof::cmd {

struct SourceOption {
  const char* name;   // as pprof has it, with underscores
  const char* value;  // what it takes, for --help
  const char* help;
  Result<void> (*set)(Sources& sources, const std::string& value);
};
std::span<const SourceOption> source_options();

void add_source_options(CLI::App& app, Sources& sources);

}  // namespace prof::cmd
