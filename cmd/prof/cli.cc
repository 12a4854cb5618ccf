#include "cmd/prof/cli.h"

#include <utility>

#include "cmd/common/output.h"

namespace prof::cmd {

void accept_one_dash(Cli& cli, const CLI::App& subcommand) {
  cli.one_dash.insert(subcommand.get_name());
  for (const auto& alias : subcommand.get_aliases()) cli.one_dash.insert(alias);
}

void add_options(Cli& cli, const std::string& subcommand) {
  for (auto& [app, add] : cli.options) {
    if (app->check_name(subcommand)) std::exchange(add, [] {})();
  }
}

void add_all_options(Cli& cli) {
  for (auto& [app, add] : cli.options) std::exchange(add, [] {})();
}

void double_dashes(const Cli& cli, std::vector<std::string>& arguments) {
  if (arguments.empty() || !cli.one_dash.contains(arguments[0])) return;
  const CLI::App* subcommand = cli.app.get_subcommand(arguments[0]);
  for (auto arg = arguments.begin() + 1; arg != arguments.end() && *arg != "--"; ++arg) {
    double_dash(*subcommand, *arg);
  }
}

void double_dash(const CLI::App& subcommand, std::string& word) {
  if (!word.starts_with('-') || word.starts_with("--")) return;
  const std::string name = word.substr(1, word.find('=') - 1);
  if (name.size() > 1 && subcommand.get_option_no_throw("--" + name) != nullptr) word.insert(0, "-");
}

int report(const Error& error, ExitCode code) {
  say("prof: {}\n", error.message());
  return static_cast<int>(code);
}

int finish(const Result<void>& done) { return done ? static_cast<int>(ExitCode::kOk) : report(done.error()); }

void show(const Warnings& warnings) {
  for (const auto& warning : warnings) say("prof: warning: {}\n", warning);
}

}  // namespace prof::cmd
