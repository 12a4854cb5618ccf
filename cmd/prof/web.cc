#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "flamegraph/web/server.h"
#include "libprof/profile/codec.h"
#include "libprof/report/view.h"

namespace prof::cmd {
namespace {

struct Options {
  std::string file;
  std::string http;
  int port = 0;
  bool no_browser = false;
  report::Options report;
};

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// A browser that the user would see: not over ssh, not without a display.
bool has_desktop() { return !is_set("SSH_CONNECTION") && (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")); }

// $BROWSER's first choice, else xdg-open; on its own, silent, and if it cannot be started then that is no
// failure: the address is on the terminal.
void open_browser(const std::string& url) {
  const std::string choices = is_set("BROWSER") ? std::getenv("BROWSER") : "xdg-open";
  std::string program = choices.substr(0, choices.find(':')), address = url;
  char* const argv[] = {program.data(), address.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&files, stream, "/dev/null", stream == STDIN_FILENO ? 0 : 1, 0);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);  // Ctrl-C ends the server, not the browser
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  pid_t pid;
  (void)posix_spawnp(&pid, program.c_str(), &files, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
}

Result<void> serve(const Options& options) {
  auto address = options.http.empty() ? Result<flame::web::Address>(flame::web::Address{})
                                      : flame::web::parse_address(options.http);
  if (!address) return tl::unexpected(address.error());
  if (options.port != 0) address->port = options.port;
  auto profile = read_profile(options.file);
  if (!profile) return tl::unexpected(profile.error());
  if (const auto view = report::View::make(*profile, options.report); !view)
    return tl::unexpected(view.error());

  // Blocked before any thread starts, so that sigwait() below is the only one to see them.
  sigset_t endings;
  sigemptyset(&endings);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&endings, signal);
  pthread_sigmask(SIG_BLOCK, &endings, nullptr);
  ::signal(SIGCHLD, SIG_IGN);  // the browser's end is its own affair
  ::signal(SIGPIPE, SIG_IGN);  // a client that hangs up is no reason to end

  const std::string name = options.file.substr(options.file.rfind('/') + 1);
  flame::web::Site site(std::move(*profile), name, options.report);
  const auto server = flame::web::Server::start(site, *address);
  if (!server) return tl::unexpected(server.error());
  fmt::print("Serving {} on {}  (Ctrl-C to stop)\n", name, (*server)->url());
  std::fflush(stdout);
  if (!options.no_browser && has_desktop()) open_browser((*server)->url());
  int signal = 0;
  sigwait(&endings, &signal);
  return {};
}

}  // namespace

void register_web(Cli& cli) {
  auto options = std::make_shared<Options>();
  CLI::App* app = cli.app.add_subcommand("web", "serve the flame graph and the top table to a browser");
  app->add_option("file", options->file, "the profile, - for standard input")->required();
  CLI::Option* port =
      app->add_option("--port", options->port, "the port on 127.0.0.1 (default: any that is free)")
          ->check(CLI::Range(0, 65535));
  app->add_option("--http", options->http, "listen on HOST:PORT; beyond this machine only if HOST says so")
      ->excludes(port);
  app->add_flag("--no-browser", options->no_browser, "only print the address");
  add_view_options(*app, options->report);
  app->callback([&cli, options] {
    cli.run = [options] {
      const auto served = serve(*options);
      return served ? static_cast<int>(ExitCode::kOk) : report(served.error());
    };
  });
}

}  // namespace prof::cmd
