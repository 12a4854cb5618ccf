#include "cmd/prof/web.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <memory>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "cmd/prof/viewer.h"
#include "libprof/report/view.h"

namespace prof::cmd {
namespace {

constexpr unsigned kGraceSeconds = 2;

struct Options {
  Sources sources;
  std::string http;
  int port = 0;
  bool no_browser = false;
  report::Options report;
};

Result<void> run(const Options& options) {
  auto address = options.http.empty() ? Result<flame::web::Address>(flame::web::Address{})
                                      : flame::web::parse_address(options.http);
  if (!address) return tl::unexpected(address.error());
  if (options.port != 0) address->port = options.port;
  auto profile = load(options.sources);
  if (!profile) return tl::unexpected(profile.error());
  return serve(std::move(*profile), name_of(options.sources), options.report, *address, options.no_browser);
}

}  // namespace

Result<void> serve(Profile profile, const std::string& name, const report::Options& options,
                   const flame::web::Address& address, bool no_browser) {
  if (const auto view = report::View::make(profile, options); !view) return tl::unexpected(view.error());

  // Blocked before any thread starts, so that sigwait() below is the only one to see them.
  sigset_t endings;
  sigemptyset(&endings);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&endings, signal);
  pthread_sigmask(SIG_BLOCK, &endings, nullptr);
  ::signal(SIGCHLD, SIG_IGN);  // the browser's end is its own affair
  ::signal(SIGPIPE, SIG_IGN);  // a client that hangs up is no reason to end

  flame::web::Site site(std::move(profile), name, options);
  const auto server = flame::web::Server::start(site, address);
  if (!server) return tl::unexpected(server.error());
  // Where nobody reads the address, it is known from --http.
  (void)print(fmt::format("Serving {} on {}  (Ctrl-C to stop)\n", name, (*server)->url()));
  if (!no_browser) open_browser((*server)->url());
  int signal = 0;
  sigwait(&endings, &signal);
  // Requests under way are finished, but a client may take for ever over its own: we end in any case, and a
  // second signal ends us at once.
  ::signal(SIGALRM, [](int) { ::_exit(static_cast<int>(ExitCode::kOk)); });
  sigaddset(&endings, SIGALRM);
  pthread_sigmask(SIG_UNBLOCK, &endings, nullptr);
  ::alarm(kGraceSeconds);
  return {};
}

void register_web(Cli& cli) {
  auto options = std::make_shared<Options>();
  CLI::App* app = cli.app.add_subcommand("web", "serve the flame graph and the top table to a browser");
  app->add_option("FILE", options->sources.files,
                  "profiles, by path or pattern: several are merged; - reads standard input")
      ->required();
  CLI::Option* port =
      app->add_option("--port", options->port, "the port on 127.0.0.1 (default: any that is free)")
          ->check(CLI::Range(0, 65535));
  app->add_option("--http", options->http, "listen on HOST:PORT; beyond this machine only if HOST says so")
      ->excludes(port);
  app->add_flag("--no_browser,--no-browser", options->no_browser, "only print the address");
  add_symbol_options(*app, options->sources.symbols);
  add_view_options(*app, options->report);
  accept_one_dash(cli, *app);
  app->callback([&cli, options] {
    cli.run = [options] {
      const auto served = run(*options);
      return served ? static_cast<int>(ExitCode::kOk) : report(served.error());
    };
  });
}

}  // namespace prof::cmd
