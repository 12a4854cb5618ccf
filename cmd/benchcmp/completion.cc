// benchcmp completion: its script for a shell.
#include "cmd/common/completion.h"

#include "cmd/benchcmp/arguments.h"
#include "cmd/benchcmp/options.h"
#include "cmd/benchcmp/output.h"
#include "cmd/benchcmp/subcommands.h"
#include "libprof/base/exit_code.h"
#include "stats/benchfmt/reader.h"

namespace bench::cmd {
namespace {

void add_flags(CLI::App& app, std::string& shell) {
  app.add_option("shell", shell, "bash, zsh or fish")->type_name("SHELL");
}

Exit wrong_usage(const std::string& message) {
  return {static_cast<int>(prof::ExitCode::kUsage), "",
          "benchcmp completion: " + message +
              "\nfor example: eval \"$(benchcmp completion bash)\", in ~/.bashrc\n"};
}

}  // namespace

void describe_completion(CLI::App& app) {
  static std::string unread;
  add_flags(app, unread);
}

int completion_main(int argc, const char* const* argv) {
  std::string shell;
  CLI::App app("Print the script by which a shell completes benchcmp.", "benchcmp completion");
  add_flags(app, shell);
  if (const auto exit = parse_arguments(app, argc, argv, {}, wrong_usage)) return show(*exit);
  CLI::App all("", "benchcmp");
  describe_all(all);
  prof::cmd::CompletionRules rules;
  rules.one_dash.insert(all.get_name());
  for (const Subcommand& subcommand : kSubcommands) rules.one_dash.emplace(subcommand.name);
  for (const Format& format : formats()) {
    if (format.name.empty()) continue;
    std::string& names = rules.values["input-format"];
    names += (names.empty() ? "" : " ") + std::string(format.name);
  }
  const auto script = prof::cmd::completion_script(all, shell, rules);
  return script ? print(*script) : show(wrong_usage("the shell is bash, zsh or fish"));
}

}  // namespace bench::cmd
