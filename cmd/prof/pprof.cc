// `prof pprof`: pprof's own command line. Its grammar is that of Go's flags: -name=value, -name value,
// switches as -name or -name=false, one dash or two, up to the first word that is none. Like pprof, errors
// are "pprof: ..." and exit 2.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/report_commands.h"
#include "cmd/prof/shell.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "cmd/prof/web.h"

namespace prof::cmd {
namespace {

// Taken and of no effect: about the programs that pprof starts.
constexpr const char* kIgnored[] = {"tools"};
constexpr const char* kIgnoredSwitches[] = {"all_frames"};

struct Request {
  ReportRequest report;
  std::string http;
  std::vector<std::string> base, diff_base;
  std::map<const report::OptionInfo*, std::set<std::string>> chosen;  // switches, of options with choices
  std::map<std::ptrdiff_t, bool> sample_types;                        // by the row of sample_switches()
  Sources sources;
  bool no_browser = false;
};

struct Flag {
  bool is_switch = false;
  std::function<Result<void>(const std::string& value)> set;
};
using Flags = std::map<std::string, Flag, std::less<>>;

Result<bool> parse_switch(const std::string& name, const std::string& value) {
  const std::optional<bool> parsed = value.empty() ? std::nullopt : report::parse_switch(value);
  if (parsed) return *parsed;
  return fail(fmt::format("invalid boolean value \"{}\" for -{}", value, name));
}

void add_commands(Flags& flags, Request& request) {
  for (const ReportCommand& command : report_commands()) {
    for (const char* name : {command.name, command.alias}) {
      if (name == nullptr) continue;
      flags[name] = {!command.has_regex, [&, name](const std::string& value) -> Result<void> {
                       if (command.has_regex ? value.empty() : !*parse_switch(name, value)) return {};
                       if (request.report.command != nullptr)
                         return fail("must set at most one output format");
                       request.report.command = &command;
                       if (command.has_regex) request.report.regex = value;
                       return {};
                     }};
    }
  }
}

void add_options(Flags& flags, Request& request) {
  report::Options& options = request.report.options;
  for (const report::OptionInfo& info : report::option_table()) {
    const auto set = [&](const std::string& value) { return report::set(options, info, value); };
    flags[info.name] = {info.value == nullptr, set};
    for (const char* choice : info.choices) {
      flags[choice] = {true, [&request, &info, choice](const std::string& value) -> Result<void> {
                         if (*parse_switch(choice, value)) {
                           request.chosen[&info].insert(choice);
                         } else {
                           request.chosen[&info].erase(choice);
                         }
                         return {};
                       }};
    }
  }
  for (const SampleSwitch& row : sample_switches()) {
    flags[row.name] = {true, [&request, &row](const std::string& value) -> Result<void> {
                         request.sample_types[&row - sample_switches().data()] =
                             *parse_switch(row.name, value);
                         return {};
                       }};
  }
}

void add_sources(Flags& flags, Request& request) {
  const auto one = [](std::vector<std::string>& list) {
    return Flag{false, [&list](const std::string& value) -> Result<void> {
                  if (!value.empty()) list = {value};  // the last one counts
                  return {};
                }};
  };
  const auto text = [](std::string& target) {
    return Flag{false, [&target](const std::string& value) -> Result<void> {
                  target = value;
                  return {};
                }};
  };
  flags["base"] = one(request.base);
  flags["diff_base"] = one(request.diff_base);
  for (const SourceOption& option : source_options()) {
    flags[option.name] = {false, [&request, &option](const std::string& value) -> Result<void> {
                            return option.set(request.sources, value);
                          }};
  }
  flags["buildid"] = text(request.sources.symbols.build_id);
  flags["symbolize"] = {false, [&request](const std::string& value) -> Result<void> {
                          const auto mode = symbols::parse_mode(value);
                          if (!mode) return tl::unexpected(mode.error());
                          request.sources.symbols.mode = *mode;
                          return {};
                        }};
  flags["no_cache"] = {true, [&request](const std::string& value) -> Result<void> {
                         if (*parse_switch("no_cache", value)) request.sources.symbols.settings.cache = "";
                         return {};
                       }};
  flags["http"] = text(request.http);
  flags["no_browser"] = {true, [&request](const std::string& value) -> Result<void> {
                           request.no_browser = *parse_switch("no_browser", value);
                           return {};
                         }};
  const auto ignore = [](const std::string&) -> Result<void> { return {}; };
  for (const char* name : kIgnored) flags[name] = {false, ignore};
  for (const char* name : kIgnoredSwitches) flags[name] = {true, ignore};
}

// As our other commands spell them: -o, and dashes for underscores.
Flags::const_iterator find_flag(const Flags& flags, std::string name) {
  if (name == "o") name = "output";
  const auto flag = flags.find(name);
  if (flag != flags.end()) return flag;
  std::replace(name.begin(), name.end(), '-', '_');
  return flags.find(name);
}

Result<void> parse(const std::vector<std::string>& words, const Flags& flags,
                   std::vector<std::string>& rest) {
  size_t i = 0;
  for (; i < words.size(); i++) {
    if (words[i].size() < 2 || words[i][0] != '-') break;
    if (words[i] == "--") {
      i++;
      break;
    }
    const std::string text = words[i].substr(words[i][1] == '-' ? 2 : 1);
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto flag = find_flag(flags, name);
    if (flag == flags.end()) {
      return fail(fmt::format("flag provided but not defined: -{}", name), "`prof pprof --help` lists them");
    }
    std::string value = equals == std::string::npos ? "true" : text.substr(equals + 1);
    if (!flag->second.is_switch && equals == std::string::npos) {
      if (++i == words.size()) return fail(fmt::format("flag needs an argument: -{}", name));
      value = words[i];
    }
    if (flag->second.is_switch) {
      if (const auto parsed = parse_switch(name, value); !parsed) return tl::unexpected(parsed.error());
    }
    if (const auto done = flag->second.set(value); !done) return done;
  }
  rest.assign(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  return {};
}

Result<void> run_pprof(const std::vector<std::string>& words) {
  Request request;
  Flags flags;
  add_options(flags, request);
  add_commands(flags, request);
  add_sources(flags, request);
  std::vector<std::string>& files = request.sources.files;
  if (const auto parsed = parse(words, flags, files); !parsed) return parsed;
  if (files.empty()) return fail("no profile source specified");
  for (const auto& [info, choices] : request.chosen) {
    if (choices.size() > 1)
      return fail(fmt::format("conflicting options set: [{}]", fmt::join(choices, " ")));
    if (!choices.empty()) (void)report::set(request.report.options, *info, *choices.begin());
  }
  for (const auto& [row, is_on] : request.sample_types) {
    if (is_on) choose_sample_type(request.report.options, sample_switches()[static_cast<size_t>(row)]);
  }
  if (!request.base.empty() && !request.diff_base.empty()) {
    return fail("-base and -diff_base flags cannot both be specified");
  }
  request.sources.in_mapping = true;
  request.sources.is_diff_base = !request.diff_base.empty();
  request.sources.base = request.sources.is_diff_base ? request.diff_base : request.base;
  request.sources.normalize = request.report.options.normalize;
  if (request.sources.normalize && request.sources.base.empty()) {
    return fail("must have base profile to normalize by");
  }
  Result<flame::web::Address> address;
  if (!request.http.empty()) {
    if (request.report.command != nullptr)
      return fail("-http is not compatible with an output format on the command line");
    address = flame::web::parse_address(request.http);
    if (!address) return tl::unexpected(address.error());
  } else if (request.no_browser) {
    return fail("-no_browser only makes sense with -http");
  }
  auto profile = load(request.sources);
  if (!profile) return tl::unexpected(profile.error());
  if (!request.http.empty()) {
    return serve(std::move(*profile), name_of(request.sources), request.report.options, *address,
                 request.no_browser);
  }
  if (request.report.command == nullptr) {
    run_shell(*profile, request.report.options, true);
    return {};
  }
  return write_report(*profile, request.report);
}

// For --help, the manual and completion: run_pprof() has a parser of its own.
void describe(CLI::App& app, Request& request) {
  app.add_option("FILE", request.sources.files, "the program, or its build id, where wanted; then profiles");
  for (const ReportCommand& command : report_commands()) {
    std::string flags = std::string("--") + command.name;
    if (command.alias != nullptr) flags += std::string(",--") + command.alias;
    CLI::Option* option = command.has_regex ? app.add_option(flags, request.report.regex, command.summary)
                                            : app.add_flag(flags, command.summary);
    if (command.has_regex) option->type_name("REGEX");
    option->group("Reports (none: the shell)");
  }
  app.add_option("--http", request.http, "serve the reports at HOST:PORT")->type_name("HOST:PORT");
  app.add_flag("--no_browser", request.no_browser, "with --http: only print the address");
  app.add_option("--base", request.base, "a profile to subtract")->type_name("FILE");
  app.add_option("--diff_base", request.diff_base, "a profile to compare with")->type_name("FILE");
  add_symbol_options(app, request.sources.symbols);
  add_source_options(app, request.sources);
  add_report_options(app, request.report.options);
}

}  // namespace

void register_pprof(Cli& cli) {
  CLI::App& app = *cli.app.add_subcommand("pprof", "the reports with pprof's own command line");
  const auto described = std::make_shared<Request>();
  cli.options.emplace_back(&app, [&app, described] { describe(app, *described); });
  accept_one_dash(cli, app);
  app.footer("Example: prof pprof -top -nodecount=20 -base=old.prof new.prof");
  app.callback([&cli, described] {
    cli.run = [&cli] {
      const auto done = run_pprof(cli.command);
      if (done) return static_cast<int>(ExitCode::kOk);
      say("pprof: {}\n", done.error().message());
      return static_cast<int>(ExitCode::kUsage);
    };
  });
}

}  // namespace prof::cmd
