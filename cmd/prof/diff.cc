// `prof diff`: parse, load both sides, compare, print; and the verdict as an exit code.
#include "libprof/report/diff.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

#include "cmd/common/color.h"
#include "cmd/common/number_checks.h"
#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/sources.h"
#include "cmd/prof/symbol_options.h"
#include "libprof/base/files.h"
#include "libprof/report/graph.h"

namespace prof::cmd {
namespace {

struct Request {
  std::vector<std::string> files;
  size_t runs = 1;  // how many of `files` are old
  std::string format = "text";
  double fail_on = -1;  // percent; < 0: no verdict
  report::DiffOptions how;
  report::Options report;
  Sources sources;  // how each file is read
};

// One side: each file is a run, and is not merged with the others.
struct Side {
  std::deque<Profile> profiles;  // the views refer to them
  std::vector<report::View> views;
};

// Of several files, those that can be read, as the reports take them.
Result<Side> load_side(const std::vector<std::string>& files, const Request& request) {
  Side side;
  std::optional<Error> first;
  for (const std::string& file : files) {
    Sources sources = request.sources;
    sources.files = {file};
    auto profile = load(sources);
    if (!profile && files.size() > 1) {
      if (!first) first = profile.error();
      show({profile.error().message()});
      continue;
    }
    if (!profile) return tl::unexpected(profile.error());
    side.profiles.push_back(std::move(*profile));
    auto view = report::View::make(side.profiles.back(), request.report);
    if (!view) return tl::unexpected(view.error());
    side.views.push_back(std::move(*view));
  }
  if (side.views.empty()) return tl::unexpected(*first);
  show_if_partial(side.views.size(), "source", files.size());
  return side;
}

// What every profile says: an expression may match on one side alone, where a function is new or gone.
Warnings common_warnings(const Side& before, const Side& after) {
  Warnings common = before.views[0].warnings();
  for (const Side* side : {&before, &after}) {
    for (const report::View& view : side->views) {
      const Warnings& own = view.warnings();
      std::erase_if(common,
                    [&](const auto& one) { return std::find(own.begin(), own.end(), one) == own.end(); });
    }
  }
  return common;
}

bool has_samples(const Side& side) {
  return std::any_of(side.views.begin(), side.views.end(),
                     [](const auto& view) { return view.total() != 0; });
}

// OLD and NEW: two arguments, of which each may be a pattern; or --runs N files and the rest.
struct Files {
  std::vector<std::string> before, after;
};
Result<Files> split(const Request& request) {
  Files files;
  if (request.runs > 1 || request.files.size() != 2) {
    const auto all = expand(request.files);
    const auto middle = all.begin() + static_cast<ptrdiff_t>(std::min(request.runs, all.size()));
    files = {{all.begin(), middle}, {middle, all.end()}};
    if (files.after.empty() || (request.runs == 1 && all.size() > 2)) {
      return fail(fmt::format("cannot tell old from new in {} profiles", all.size()),
                  "prof diff OLD NEW; or with several runs a side, `prof diff --runs 3 o1 o2 o3 n1 n2 n3` or "
                  "`prof diff 'old*.prof' 'new*.prof'`");
    }
    return files;
  }
  return Files{expand({request.files[0]}), expand({request.files[1]})};
}

int run(Request request) {
  request.report.terminal_names =
      request.format == "text" && request.report.output.empty() && ::isatty(STDOUT_FILENO) == 1;
  if (request.report.mean) {
    return report(Error{"prof diff compares totals, and no means", "leave out --mean and --mean_delay"},
                  ExitCode::kUsage);
  }
  const auto files = split(request);
  if (!files) return report(files.error(), ExitCode::kUsage);
  const auto before = load_side(files->before, request);
  if (!before) return report(before.error());
  const auto after = load_side(files->after, request);
  if (!after) return report(after.error());
  report::DiffOptions how = request.how;
  how.cum = request.report.sort == "cum";
  how.normalize = request.report.normalize;
  const auto diff = report::diff(before->views, after->views, how);
  if (!diff) return report(diff.error());
  const Warnings warnings = common_warnings(*before, *after);
  show(warnings);
  const report::Limits limits = report::limits_of(request.report, 30);
  const report::DiffLayout layout{static_cast<size_t>(limits.nodecount), limits.nodefraction,
                                  request.report.unit, wants_color()};
  for (const report::DiffFormat& format : report::diff_formats()) {
    if (request.format != format.name) continue;
    const std::string text = report::print(*diff, format, layout);
    if (!request.report.output.empty()) {
      const auto written = write_file_atomically(request.report.output, text);
      if (!written) return report(written.error());
    } else if (const auto printed = print(text, Colors::kOwn); !printed) {
      return report(printed.error());
    }
  }
  if (request.fail_on < 0) return static_cast<int>(ExitCode::kOk);
  if (diff->rows.empty() && (has_samples(*before) || has_samples(*after) || !warnings.empty())) {
    return report(Error{"the filters leave no sample of either side, so that --fail-on could never fail",
                        "see that --focus, --ignore, --show, --hide and the like match what they should"});
  }
  if (!report::has_grown(*diff, request.fail_on)) return static_cast<int>(ExitCode::kOk);
  say("prof: costs grew by {:g}% of the old total or more, and by more than noise\n", request.fail_on);
  return static_cast<int>(ExitCode::kRegression);
}

}  // namespace

void register_diff(Cli& cli) {
  CLI::App& app = *cli.app.add_subcommand(
      "diff", "which functions cost more or less in NEW than in OLD, beyond the noise of sampling");
  const auto request = std::make_shared<Request>();
  app.add_option(
         "PROFILE", request->files,
         "OLD NEW, paths or URLs; each may be a directory or a pattern in quotes: one profile for each run")
      ->required();
  app.add_option("-n,--n,--runs", request->runs, "the first N profiles are the old ones, the others the new")
      ->check(positive())
      ->type_name("N");
  std::vector<std::string> names;
  for (const report::DiffFormat& format : report::diff_formats()) names.emplace_back(format.name);
  app.add_option("--format", request->format, "text (default), markdown, csv or json")
      ->check(CLI::IsMember(names))
      ->type_name("FORMAT");
  app.add_option("--alpha", request->how.alpha, "share of false differences that is accepted (default: 0.05)")
      ->check(CLI::Range(1e-9, 0.5))
      ->type_name("ALPHA");
  app.add_option("--fail_on,--fail-on", request->fail_on,
                 "exit with 3 where the total or a function really grew by this share of the old total")
      ->check(not_negative())
      ->type_name("PERCENT");
  add_symbol_options(app, request->sources.symbols);
  add_source_options(app, request->sources);
  request->report.nodefraction = 0;  // a function that differs is shown, however small
  add_report_options(app, request->report);
  app.footer("Example: prof diff old.prof new.prof; prof diff --cum 'old*.prof' 'new*.prof'");
  app.callback([&cli, request] { cli.run = [request] { return run(*request); }; });
  accept_one_dash(cli, app);
}

}  // namespace prof::cmd
