// `prof export`: a profile in the files of other tools, one option each.
#include <fmt/format.h>

#include <array>
#include <memory>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "flamegraph/folded.h"
#include "flamegraph/speedscope.h"
#include "flamegraph/trace_events.h"
#include "libprof/base/files.h"
#include "libprof/report/sqlite.h"

namespace prof::cmd {
namespace {

using report::View;

Result<void> write_text(const std::string& text, const std::string& file) {
  return file == "-" ? print(text) : write_file_atomically(file, text);
}

struct Format {
  const char* name;
  const char* help;
  Result<void> (*write)(const View& view, const std::string& name, const std::string& file);
};
constexpr Format kFormats[] = {
    {"folded", "folded stacks, a line each: what flamegraph.pl and most viewers read",
     [](const View& view, const std::string&, const std::string& file) {
       return write_text(flame::to_folded(view), file);
     }},
    {"speedscope", "JSON for https://speedscope.app",
     [](const View& view, const std::string& name, const std::string& file) {
       return write_text(flame::to_speedscope(view, name), file);
     }},
    {"perfetto", "Chrome's trace events, for https://ui.perfetto.dev and chrome://tracing",
     [](const View& view, const std::string& name, const std::string& file) {
       return write_text(flame::to_trace_events(view, name), file);
     }},
    {"sqlite", "an SQLite database: samples, stacks, frames, labels, views",
     [](const View& view, const std::string&, const std::string& file) {
       return report::write_sqlite(view, file);
     }},
};

struct Request {
  Sources sources;
  report::Options options;
  std::array<std::string, std::size(kFormats)> files;
};

Result<void> run(const Request& request) {
  const auto profile = load(request.sources);
  if (!profile) return tl::unexpected(profile.error());
  const auto view = View::make(*profile, request.options);
  if (!view) return tl::unexpected(view.error());
  show(view->warnings());
  for (size_t i = 0; i < request.files.size(); i++) {
    if (request.files[i].empty()) continue;
    const auto done = kFormats[i].write(*view, name_of(request.sources), request.files[i]);
    if (!done) return done;
    if (request.files[i] != "-") say("Wrote {}\n", request.files[i]);
  }
  return {};
}

}  // namespace

void register_export(Cli& cli) {
  CLI::App& app = *cli.app.add_subcommand("export", "write a profile in the formats of other tools");
  const auto request = std::make_shared<Request>();
  app.add_option("FILE", request->sources.files, "profiles, by path or pattern: several are merged")
      ->required();
  for (size_t i = 0; i < std::size(kFormats); i++) {
    app.add_option(fmt::format("--{}", kFormats[i].name), request->files[i], kFormats[i].help)
        ->type_name("FILE");
  }
  add_symbol_options(app, request->sources.symbols);
  add_source_options(app, request->sources);
  add_view_options(app, request->options);
  app.footer("Example: prof export --sqlite cpu.db cpu.prof; - is standard output");
  app.callback([&cli, request] {
    cli.run = [request] {
      bool any = false;
      for (const std::string& file : request->files) any |= !file.empty();
      if (!any) {
        return report(
            {"`prof export` needs a format", "for example `prof export --speedscope out.json cpu.prof`"},
            ExitCode::kUsage);
      }
      return finish(run(*request));
    };
  });
}

}  // namespace prof::cmd
