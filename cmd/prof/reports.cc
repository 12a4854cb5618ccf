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
  std::string regex;
  std::string output;
  std::vector<std::string> base, diff_base;
  Sources sources;
  report::Options options;
};

int run(const ReportCommand& command, const Request& request) {
  const Error* wrong = nullptr;
  const Error nothing{
      fmt::format("`prof {}` needs {}a profile", command.name, command.has_regex ? "a function and " : ""),
      fmt::format("for example `prof {}{} cpu.prof`; `-` reads standard input, `prof record` makes one",
                  command.name, command.has_regex ? " main" : "")};
  const Error both{"--base and --diff_base exclude each other", "name one"};
  const Error baseless{"--normalize needs a base", "name one with --base=FILE or --diff_base=FILE"};
  Sources sources = request.sources;
  sources.is_diff_base = !request.diff_base.empty();
  sources.base = sources.is_diff_base ? request.diff_base : request.base;
  if (sources.files.empty() || (command.has_regex && request.regex.empty())) wrong = &nothing;
  if (!request.base.empty() && !request.diff_base.empty()) wrong = &both;
  if (sources.normalize && sources.base.empty()) wrong = &baseless;
  if (wrong != nullptr) return report(*wrong, ExitCode::kUsage);
  const auto profile = load(sources);
  if (!profile) return report(profile.error());
  const auto done = write_report(command, *profile, request.options, request.regex, request.output);
  return done ? static_cast<int>(ExitCode::kOk) : report(done.error());
}

}  // namespace

void register_reports(Cli& cli) {
  for (const ReportCommand& command : report_commands()) {
    CLI::App& app = *cli.app.add_subcommand(command.name, command.summary);
    if (command.alias != nullptr) app.alias(command.alias);
    const auto request = std::make_shared<Request>();
    if (command.has_regex) app.add_option("REGEX", request->regex, "functions, by part of their name");
    app.add_option(
        "FILE", request->sources.files,
        "profiles, by path, directory, pattern or URL: several are merged; - reads standard input. "
        "The first may be the program");
    const auto one = CLI::MultiOptionPolicy::TakeAll;
    app.add_option("--base", request->base, "a profile to subtract; percentages are of what is left")
        ->expected(1)
        ->multi_option_policy(one)
        ->type_name("FILE");
    app.add_option("--diff_base,--diff-base", request->diff_base,
                   "a profile to compare with; percentages are of its total")
        ->expected(1)
        ->multi_option_policy(one)
        ->type_name("FILE");
    app.add_flag("--normalize", request->sources.normalize, "first scale to the total of the base");
    add_symbol_options(app, request->sources.symbols);
    app.add_option("--output", request->output, "write to this file")->type_name("FILE");
    add_source_options(app, request->sources);
    add_report_options(app, request->options);
    app.footer(fmt::format(
        "Example: prof {}{} cpu.prof\nLong options also take one dash, as in pprof: -nodecount=20",
        command.name, command.has_regex ? " main" : ""));
    app.callback(
        [&cli, &command, request] { cli.run = [&command, request] { return run(command, *request); }; });
    accept_one_dash(cli, app);
  }
}

}  // namespace prof::cmd
