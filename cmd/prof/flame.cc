#include <fmt/format.h>

#include <memory>

#include "cmd/common/output.h"
#include "cmd/prof/commands.h"
#include "cmd/prof/options.h"
#include "cmd/prof/source_options.h"
#include "cmd/prof/symbol_options.h"
#include "flamegraph/folded.h"
#include "flamegraph/html.h"
#include "flamegraph/svg.h"
#include "libprof/base/files.h"
#include "libprof/report/view.h"

namespace prof::cmd {
namespace {

struct Format {
  std::string_view name;
  std::string_view extension;
  flame::Limits limits;
  std::string (*render)(const flame::Chart&);
};
constexpr Format kFormats[] = {
    {"html", ".html", flame::kHtmlLimits, flame::to_html},
    {"svg", ".svg", flame::kSvgLimits, flame::to_svg},
    {"folded", ".folded", {0, 0}, nullptr},  // never pruned
};

struct Options {
  Sources sources;
  std::string output = "flame.html";
  std::string format;
  std::string title;
  bool icicle = false;
  double min_percent = -1;
  report::Options report;
};

Result<const Format*> format_of(const Options& options) {
  for (const Format& format : kFormats) {
    if (options.format.empty() ? options.output.ends_with(format.extension) : options.format == format.name) {
      return &format;
    }
  }
  if (options.output == "-") return &kFormats[0];
  return fail(fmt::format("cannot tell the format of {} from its name", options.output),
              "end it in .html, .svg or .folded, or say --format");
}

Result<void> draw(const Options& options) {
  const auto format = format_of(options);
  if (!format) return tl::unexpected(format.error());
  const auto profile = load(options.sources);
  if (!profile) return tl::unexpected(profile.error());
  const auto view = report::View::make(*profile, options.report);
  if (!view) return tl::unexpected(view.error());
  show(view->warnings());

  std::string text;
  if ((*format)->render == nullptr) {
    text = flame::to_folded(*view);
  } else {
    flame::ChartOptions chart;
    chart.stack.min_fraction =
        (options.min_percent < 0 ? (*format)->limits.min_percent : options.min_percent) / 100;
    chart.stack.max_nodes = (*format)->limits.max_nodes;
    chart.title = options.title;
    chart.icicle = options.icicle;
    text = (*format)->render(flame::make_chart(*view, chart));
  }
  if (options.output == "-") return print(text);
  if (const auto written = write_file_atomically(options.output, text); !written) return written;
  say("Wrote {} ({} kB)\n", options.output, (text.size() + 1023) / 1024);
  return {};
}

}  // namespace

void register_flame(Cli& cli) {
  auto options = std::make_shared<Options>();
  CLI::App* app = cli.app.add_subcommand("flame", "draw a profile as a flame graph: one self-contained file");
  app->add_option("FILE", options->sources.files,
                  "profiles, by path, directory, pattern or URL: several are merged; - reads standard input")
      ->required();
  app->add_option("-o,--output", options->output, "the file to write, - for standard output")
      ->capture_default_str();
  app->add_option("--format", options->format, "html, svg or folded; otherwise as the output is called")
      ->check(CLI::IsMember({"html", "svg", "folded"}));
  app->add_option("--title", options->title, "the heading; otherwise the program and the sample type");
  app->add_flag("--inverted,--icicle", options->icicle, "put the root at the top");
  app->add_option("--min-percent", options->min_percent,
                  "merge frames narrower than this into \"other\" (0.01 in HTML, 0.1 in SVG)")
      ->check(CLI::Range(0.0, 100.0));
  add_symbol_options(*app, options->sources.symbols);
  add_source_options(*app, options->sources);
  add_view_options(*app, options->report);
  accept_one_dash(cli, *app);
  app->callback([&cli, options] { cli.run = [options] { return finish(draw(*options)); }; });
}

}  // namespace prof::cmd
