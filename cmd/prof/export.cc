// `prof export`: a profile in the files of other tools, one option each.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "flamegraph/folded.h"
#include "flamegraph/speedscope.h"
#include "flamegraph/trace_events.h"
#include "libprof/base/file_parts.h"
#include "libprof/base/files.h"
#include "libprof/report/sqlite.h"
#include "libprof/report/units.h"

namespace prof::cmd {
namespace {

using report::View;

// Piece by piece: these files are many times as long as the profile.
Result<void> write_out(const std::string& file, const Producer& produce) {
  if (file != "-") return write_parts_atomically(file, produce);
  Result<void> printed;
  const auto made = produce([&](std::string_view part) {
    if (printed) printed = print_part(part);
  });
  if (!made) return made;
  return printed ? print("") : printed;
}

// The sample types whose negative values, the shrinking of a difference, a format leaves out: it gives each
// sample a length.
enum class Loses { kNothing, kOfShownType, kOfEveryType };

struct Format {
  const char* name;
  const char* help;
  Loses loses;
  Result<void> (*write)(const View& view, const std::string& name, const Put& put);
};
constexpr Format kFormats[] = {
    {"folded", "folded stacks, a line each: what flamegraph.pl and most viewers read", Loses::kNothing,
     [](const View& view, const std::string&, const Put& put) {
       flame::write_folded(view, put);
       return Result<void>();
     }},
    {"speedscope", "JSON for https://speedscope.app", Loses::kOfEveryType,
     [](const View& view, const std::string& name, const Put& put) {
       flame::write_speedscope(view, name, put);
       return Result<void>();
     }},
    {"perfetto", "Chrome's trace events, for https://ui.perfetto.dev and chrome://tracing",
     Loses::kOfShownType,
     [](const View& view, const std::string& name, const Put& put) {
       flame::write_trace_events(view, name, put);
       return Result<void>();
     }},
    {"sqlite", "an SQLite database: samples, stacks, frames, labels, views", Loses::kNothing,
     [](const View& view, const std::string&, const Put& put) { return report::write_sqlite(view, put); }},
};

Warnings left_out(const View& view, const Format& format) {
  Warnings warnings;
  const Profile& profile = view.profile();
  for (size_t type = 0; type < profile.sample_types().size(); type++) {
    if (format.loses == Loses::kNothing) break;
    if (format.loses == Loses::kOfShownType && type != view.value().index) continue;
    int64_t sum = 0;
    for (size_t i = 0; i < profile.sample_count(); i++) {
      const int64_t value = profile.values(i)[type];
      if (!view.keeps(i) || value >= 0) continue;
      if (__builtin_add_overflow(sum, value, &sum)) sum = INT64_MIN;
    }
    if (sum == 0) continue;
    const ValueType& names = profile.sample_types()[type];
    warnings.push_back(fmt::format(
        "--{} has no room for negative values: {} of {} left out; --folded and --sqlite keep them",
        format.name, report::amount(sum, profile.string(names.unit)), profile.string(names.type)));
  }
  return warnings;
}

struct Request {
  Sources sources;
  report::Options options;
  std::array<std::string, std::size(kFormats)> files;
};

bool is_one_output(const std::string& file, const std::string& other) {
  return file == "-" || other == "-" ? file == other : is_same_file(file, other);
}

std::optional<Error> wrong_files(const Request& request) {
  std::vector<size_t> used;  // formats
  for (size_t i = 0; i < request.files.size(); i++) {
    const std::string& file = request.files[i];
    if (file.empty()) continue;
    for (const size_t before : used) {
      if (!is_one_output(file, request.files[before])) continue;
      return Error{fmt::format("--{} and --{} would both write {}", kFormats[before].name, kFormats[i].name,
                               file == "-" ? "to standard output" : file),
                   "name a file for each"};
    }
    used.push_back(i);
  }
  if (!used.empty()) return std::nullopt;
  return Error{"`prof export` needs a format", "for example `prof export --speedscope out.json cpu.prof`"};
}

Result<void> run(const Request& request) {
  for (const std::string& file : request.files) {
    if (file.empty() || file == "-") continue;
    if (const auto possible = check_writable(file); !possible) return possible;
  }
  const auto profile = load(request.sources);
  if (!profile) return tl::unexpected(profile.error());
  const auto view = View::make(*profile, request.options);
  if (!view) return tl::unexpected(view.error());
  show(view->warnings());
  for (size_t i = 0; i < request.files.size(); i++) {
    if (request.files[i].empty()) continue;
    const auto done = write_out(request.files[i], [&](const Put& put) {
      return kFormats[i].write(*view, name_of(request.sources), put);
    });
    if (!done) return done;
    show(left_out(*view, kFormats[i]));
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
  accept_one_dash(cli, app);
  app.footer("Example: prof export --sqlite cpu.db cpu.prof; - is standard output");
  app.callback([&cli, request] {
    cli.run = [request] {
      const auto wrong = wrong_files(*request);
      return wrong ? report(*wrong, ExitCode::kUsage) : finish(run(*request));
    };
  });
}

}  // namespace prof::cmd
