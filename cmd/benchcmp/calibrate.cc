// benchcmp calibrate: the noise floor of this host, from inputs that measured the same program.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cmd/benchcmp/arguments.h"
#include "cmd/benchcmp/compare.h"
#include "cmd/benchcmp/output.h"
#include "cmd/benchcmp/subcommands.h"
#include "libprof/base/exit_code.h"
#include "libprof/base/files.h"
#include "stats/gate/noise.h"
#include "stats/text/unicode.h"

namespace bench::cmd {
namespace {

constexpr const char* kDescription =
    "Find how much benchmarks of this host differ that are the same, from two or more inputs that measured "
    "the\n"
    "same program, and keep it in a file for --noise FILE of the gate. Five inputs or more are a good "
    "start:\n"
    "each made by processes of its own, at times as far apart as those of the sides that will be compared.";

struct CalibrateOptions {
  Layout layout;
  std::string output = "noise.json", input_format;
  std::vector<std::string> inputs;
};

void add_flags(CLI::App& app, CalibrateOptions& options) {
  app.add_option("-o,--output", options.output, "the file for --noise")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--filter", options.layout.filter, "use only results that match QUERY")
      ->type_name("QUERY")
      ->capture_default_str();
  app.add_option("--row", options.layout.row, "a floor for each value of KEYS; as in the comparison")
      ->type_name("KEYS")
      ->capture_default_str();
  app.add_option("--ignore", options.layout.ignore, "do not tell results apart by KEYS")->type_name("KEYS");
  app.add_option("--input-format", options.input_format,
                 "of all inputs, rather than what their content looks like")
      ->type_name("FORMAT");
  app.add_option("inputs", options.inputs, "results of the same program")->type_name("INPUT");
}

Exit wrong_usage(const std::string& message) {
  return {static_cast<int>(prof::ExitCode::kUsage), "",
          "benchcmp calibrate: " + message +
              "\nfor example: benchcmp calibrate -o noise.json a.txt b.txt c.txt\n"};
}
int usage(const std::string& message) { return show(wrong_usage(message)); }

std::string list(const Noise& noise) {
  size_t width = 0;
  for (const auto& [key, floor] : noise.floors) width = std::max(width, rune_count(key.first));
  std::string text;
  for (const auto& [key, floor] : noise.floors) {
    text += key.first + std::string(width - rune_count(key.first) + 2, ' ') +
            fmt::format("±{:.2f}%  {}\n", 100 * floor.floor, key.second);
  }
  return text;
}

int calibrate(const CalibrateOptions& options) {
  UnitMetadata units;
  const auto builder = TableBuilder::make(options.layout, units);
  if (!builder) return report(builder.error().message());
  const auto read =
      read_inputs(parse_inputs(options.inputs), units, **builder, format_named(options.input_format));
  say_problems((*builder)->take_problems());
  if (!read) return report(read.error().message());
  for (const auto& warning : (*builder)->unseen_keys()) say("benchcmp: warning: {}\n", warning);
  const Tables tables = (*builder)->build({});
  const Noise noise = measure_noise(tables);
  if (noise.floors.empty()) {
    return report(
        "nothing to calibrate: no benchmark that varies is in two inputs or more; two labels or files "
        "are two inputs");
  }
  for (const auto& warning : tables.warnings) say("benchcmp: warning: {}\n", warning);
  constexpr size_t kFewColumns = 5;
  if (tables.columns.size() < kFewColumns) {
    say("benchcmp: warning: {} inputs show little of how much runs differ: five or more make a floor\n",
        tables.columns.size());
  }
  if (const auto written = prof::write_file_atomically(options.output, write_noise(noise)); !written)
    return report(written.error().message());
  return print(list(noise));
}

}  // namespace

void describe_calibrate(CLI::App& app) {
  static CalibrateOptions unread;
  add_flags(app, unread);
}

int calibrate_main(int argc, const char* const* argv) {
  CalibrateOptions options;
  CLI::App app(kDescription, "benchcmp calibrate");
  add_flags(app, options);
  if (const auto exit = parse_arguments(app, argc, argv, {}, wrong_usage)) return show(*exit);
  if (options.inputs.size() < 2) return usage("two inputs or more of the same program are needed");
  if (!options.input_format.empty() && format_named(options.input_format) == nullptr)
    return usage("unknown --input-format " + options.input_format);
  return calibrate(options);
}

}  // namespace bench::cmd
