#include <csignal>

#include "cmd/prof/commands.h"

namespace {

int run(int argc, char** argv) {
  prof::cmd::Cli cli;
  cli.app.description("Record CPU, heap and lock profiles of native programs, and read any pprof profile.");
  cli.app.set_version_flag("--version", "prof " PROF_VERSION);
  cli.app.require_subcommand(1);
  prof::cmd::register_flame(cli);
  prof::cmd::register_man_page(cli);
  try {
    cli.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = cli.app.exit(error);
    return code == 0 ? 0 : static_cast<int>(prof::ExitCode::kUsage);
  }
  return cli.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_DFL);  // `prof top cpu.prof | head` ends like any filter, whatever the parent ignored
  return run(argc, argv);
}
