#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "cmd/common/guarded.h"
#include "cmd/common/help.h"
#include "cmd/common/output.h"
#include "cmd/prof/command_tail.h"
#include "cmd/prof/commands.h"

namespace {

// `prof -http=:8080 cpu.prof`, as pprof's users have it in their fingers: pprof's own command line.
bool is_pprof_server(const std::vector<std::string>& arguments) {
  const auto is_flag = [](const std::string& word) { return word.starts_with('-'); };
  const auto is_http = [](const std::string& word) {
    const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    return name == "http" || name.starts_with("http=");
  };
  const auto end = std::find_if_not(arguments.begin(), arguments.end(), is_flag);
  return std::any_of(arguments.begin(), end, is_http);
}

// The word of which the parser took the "-h" for a call for help: "-http=:8080" of a command without such an
// option. "" where help was asked for.
std::string taken_for_help(const std::vector<std::string>& arguments) {
  std::string taken;
  for (const std::string& word : arguments) {
    if (word == "-h" || word == "-help" || word == "--help") return "";
    if (taken.empty() && word.starts_with("-h")) taken = word;
  }
  return taken;
}

// In the form that our parser takes: without what `prof record` runs and what pprof's parser takes, long
// options with two dashes, last to first.
std::vector<std::string> prepare(prof::cmd::Cli& cli, std::vector<std::string> arguments) {
  if (is_pprof_server(arguments)) arguments.insert(arguments.begin(), "pprof");
  const bool is_pprof = arguments.size() > 1 && arguments[0] == "pprof";
  const bool asks_help =
      is_pprof && (arguments[1] == "--help" || arguments[1] == "-help" || arguments[1] == "-h");
  if (is_pprof && !asks_help) {
    cli.command.assign(arguments.begin() + 1, arguments.end());
    return {"pprof"};
  }
  if (!arguments.empty()) prof::cmd::add_options(cli, arguments[0]);
  cli.command = prof::cmd::cut_command_tail(cli.app, "record", arguments);
  prof::cmd::double_dashes(cli, arguments);
  return {arguments.rbegin(), arguments.rend()};
}

int run(int argc, char** argv) {
  prof::cmd::Cli cli;
  cli.app.name("prof");
  cli.app.description("Record CPU, heap and lock profiles of native programs, and read any pprof profile.");
  cli.app.set_version_flag("--version", "prof " PROF_VERSION);
  cli.app.formatter(prof::cmd::help_formatter());
  cli.app.require_subcommand(1);
  for (const auto add : prof::cmd::kCommands) add(cli);
  if (argc < 2) {
    prof::cmd::say("{}", prof::cmd::wrapped(cli.app.help()));
    return static_cast<int>(prof::ExitCode::kUsage);
  }
  const std::string first = argv[1];
  const auto subcommands = cli.app.get_subcommands([](const CLI::App*) { return true; });
  const auto is_first = [&](const CLI::App* one) { return one->check_name(first); };
  if (!first.starts_with('-') && std::none_of(subcommands.begin(), subcommands.end(), is_first)) {
    return prof::cmd::report(
        {fmt::format("there is no command '{}'", first),
         "`prof --help` lists them; of a profile, `prof top FILE` shows what costs most"},
        prof::ExitCode::kUsage);
  }
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  try {
    cli.app.parse(prepare(cli, arguments));
  } catch (const CLI::ParseError& error) {
    const bool is_help = error.get_name() == "CallForHelp";
    if (const std::string word = is_help ? taken_for_help(arguments) : ""; !word.empty()) {
      return prof::cmd::report({fmt::format("there is no option {} here", word),
                                "--help of the command lists those that there are"},
                               prof::ExitCode::kUsage);
    }
    std::ostringstream out, err;
    if (cli.app.exit(error, out, err) == 0)
      return prof::cmd::finish(prof::cmd::print(prof::cmd::wrapped(out.str())));  // --help
    prof::cmd::say("prof: {}", err.str());
    return static_cast<int>(prof::ExitCode::kUsage);
  }
  return cli.run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "record") prof::cmd::end_when_nobody_reads();
  prof::cmd::reserve_standard_streams();
  prof::cmd::survive_file_limit();
  return prof::cmd::guarded("prof", [&] { return run(argc, argv); });
}
