#include "cmd/common/completion.h"

#include <memory>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"

namespace prof::cmd {

void register_completion(Cli& cli) {
  const auto shell = std::make_shared<std::string>();
  CLI::App& app = *cli.app.add_subcommand("completion", "print the script by which a shell completes prof");
  app.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  app.footer("Example: eval \"$(prof completion bash)\"");
  app.callback([&cli, shell] {
    cli.run = [&cli, shell] {
      add_all_options(cli);
      return finish(print(*completion_script(cli.app, *shell, {cli.one_dash, "record"})));
    };
  });
}

}  // namespace prof::cmd
