// The table of reports: one row each, from which subcommands (`prof top`) and pprof's flags (`prof pprof
// -top`) are made.
#pragma once

#include <span>
#include <string>

#include "libprof/base/error.h"
#include "libprof/report/table_writer.h"
#include "libprof/report/view.h"

namespace prof::cmd {

struct ReportCommand {
  const char* name;
  const char* alias;  // nullptr: none
  bool has_regex;
  const char* summary;
  // Writes the report. Its Error is about the report, not about writing.
  Result<void> (*write)(const report::View& view, const std::string& regex, const report::Sink& sink);
  // The same for --format; nullptr: it is a format of its own.
  Result<void> (*tabulate)(const char* name, const report::View& view, const std::string& regex,
                           report::TableWriter& out) = nullptr;
  const char* granularity = nullptr;          // always this one, and nothing left out
  const char* extension = nullptr;            // of the file it goes to rather than to a terminal
  const char* picture = nullptr;              // what Graphviz makes of it
  std::span<const char* const> viewers = {};  // programs that show it, first choice first (viewer.h)
  bool noinlines = false;                     // always
  // `write` for a terminal that shows colours; nullptr: there are none. `colored`: what has them.
  Result<void> (*write_colored)(const report::View& view, const std::string& regex,
                                const report::Sink& sink) = nullptr;
  const char* colored = nullptr;
};

std::span<const ReportCommand> report_commands();
const ReportCommand* find_report(std::string_view name);  // or by alias

struct ReportRequest {
  const ReportCommand* command = nullptr;
  std::string regex;
  report::Options options;
  std::string format = "text";  // or one of report::table_formats()
  bool is_shell = false;        // viewers go on by themselves
};

// Writes a report of `profile` to options.output, or to its viewer, or to standard output, where a terminal
// gets no files: profileNNN.ext then. Shows the View's warnings.
Result<void> write_report(const Profile& profile, ReportRequest request);

}  // namespace prof::cmd
