// The reports as subcommands: parse, load, print.
#include <fmt/format.h>

#include <memory>

#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/report_commands.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"

namespace prof::cmd {
namespace {

struct Request {
  ReportRequest report;
  std::vector<std::string> base, diff_base;
  Sources sources;
};

int run(const Request& request) {
  const ReportCommand& command = *request.report.command;
  const Error* wrong = nullptr;
  const Error nothing{
      fmt::format("`prof {}` needs {}a profile", command.name, command.has_regex ? "a function and " : ""),
      fmt::format("for example `prof {}{} cpu.prof`; `-` reads standard input, `prof record` makes one",
                  command.name, command.has_regex ? " main" : "")};
  const Error both{"--base and --diff_base exclude each other", "name one"};
  const Error baseless{"--normalize needs a base", "name one with --base=FILE or --diff_base=FILE"};
  Sources sources = request.sources;
  sources.normalize = request.report.options.normalize;
  sources.is_diff_base = !request.diff_base.empty();
  sources.base = sources.is_diff_base ? request.diff_base : request.base;
  if (sources.files.empty() || (command.has_regex && request.report.regex.empty())) wrong = &nothing;
  if (!request.base.empty() && !request.diff_base.empty()) wrong = &both;
  if (sources.normalize && sources.base.empty()) wrong = &baseless;
  if (wrong != nullptr) return report(*wrong, ExitCode::kUsage);
  const auto profile = load(sources);
  if (!profile) return report(profile.error());
  const auto done = write_report(*profile, request.report);
  return done ? static_cast<int>(ExitCode::kOk) : report(done.error());
}

void add_options(CLI::App& app, Request& request) {
  const ReportCommand& command = *request.report.command;
  if (command.has_regex) app.add_option("REGEX", request.report.regex, "functions, by part of their name");
  app.add_option("FILE", request.sources.files,
                 "profiles, by path, directory, pattern or URL: several are merged; - reads standard input. "
                 "The first may be the program");
  app.add_option("--base", request.base, "a profile to subtract; percentages are of what is left")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_option("--diff_base,--diff-base", request.diff_base,
                 "a profile to compare with; percentages are of its total")
      ->allow_extra_args(false)
      ->type_name("FILE");
  add_symbol_options(app, request.sources.symbols);
  add_source_options(app, request.sources);
  if (command.tabulate != nullptr) {
    app.add_option("--format", request.report.format, "text (default), json, csv or markdown")
        ->check(CLI::IsMember({"text", "json", "csv", "markdown"}))
        ->type_name("FORMAT");
  }
  add_report_options(app, request.report.options);
}

}  // namespace

void register_reports(Cli& cli) {
  for (const ReportCommand& command : report_commands()) {
    // Viewers of other formats are of `prof pprof` and its shell; `prof web` is a server.
    if (!command.viewers.empty() && std::string_view(command.name) != "weblist") continue;
    CLI::App& app = *cli.app.add_subcommand(command.name, command.summary);
    if (command.alias != nullptr) app.alias(command.alias);
    const auto request = std::make_shared<Request>();
    request->report.command = &command;
    cli.options.emplace_back(&app, [&app, request] { add_options(app, *request); });
    const std::string colors =
        command.colored == nullptr
            ? ""
            : fmt::format(
                  "On a terminal, {} that cost 5% of their function or more are red, from 0.5% on green; not "
                  "where NO_COLOR is set.\n",
                  command.colored);
    app.footer(fmt::format(
        "{}Example: prof {}{} cpu.prof\nLong options also take one dash, as in pprof: -nodecount=20", colors,
        command.name, command.has_regex ? " main" : ""));
    app.callback([&cli, request] { cli.run = [request] { return run(*request); }; });
    accept_one_dash(cli, app);
  }
}

}  // namespace prof::cmd
