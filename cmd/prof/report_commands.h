// The table of reports: one row each, from which subcommands (`prof top`) and pprof's flags (`prof pprof
// -top`) are made.
#pragma once

#include <span>
#include <string>

#include "libprof/base/error.h"
#include "libprof/report/traces.h"
#include "libprof/report/view.h"

namespace prof::cmd {

struct ReportCommand {
  const char* name;
  const char* alias;  // nullptr: none
  bool has_regex;
  const char* summary;
  // Writes the report. Its Error is about the report, not about writing.
  Result<void> (*write)(const report::View& view, const std::string& regex, const report::Sink& sink);
  const char* granularity = nullptr;  // always this one, and nothing left out
  const char* extension = nullptr;    // of the file it goes to rather than to a terminal
};

std::span<const ReportCommand> report_commands();
const ReportCommand* find_report(std::string_view name);  // or by alias

// Writes a report of `profile` to file `output`, or to standard output where that is empty. Shows
// the View's warnings.
Result<void> write_report(const ReportCommand& command, const Profile& profile, report::Options options,
                          const std::string& regex, const std::string& output);

}  // namespace prof::cmd
