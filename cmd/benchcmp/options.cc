#include "cmd/benchcmp/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cmd/benchcmp/arguments.h"
#include "cmd/benchcmp/man_page.h"
#include "cmd/benchcmp/output.h"
#include "cmd/benchcmp/subcommands.h"
#include "libprof/base/exit_code.h"

namespace bench::cmd {
namespace {

constexpr const char* kDescription =
    "Compare benchmark results: medians with confidence intervals, and which differences are more than "
    "noise.\n"
    "An input is FILE, LABEL=FILE, or - for standard input; its format is found from its content.\n"
    "The first input is the baseline. benchstat's flags have its meaning, with one dash or two.";
constexpr const char* kExample = "for example: benchcmp old.txt new.txt (benchcmp --help shows all flags)";
constexpr const char* kFooter =
    "\nExit status: 0 compared, 1 failed (unreadable file, bad expression, nothing to compare), 2 wrong "
    "usage;\n"
    "with --fail-on-regression: 3 a regression was found, 4 inconclusive; with --fail-on-missing: 3 a "
    "benchmark is missing.";

Exit usage(const std::string& message, const std::string& example) {
  return {static_cast<int>(prof::ExitCode::kUsage), "", "benchcmp: " + message + "\n" + example + "\n"};
}

// What the command line says in words, before it is checked.
struct Words {
  std::string fail_on_regression, correction = "bh", color = "auto", sort, input_format;
  std::vector<std::string> thresholds;
};

void add_layout(CLI::App& app, Command& command, Words& words) {
  Layout& layout = command.layout;
  struct Flag {
    const char* name;
    std::string& value;
    const char* type;
    const char* help;
  };
  const Flag flags[] = {{"--filter", layout.filter, "QUERY", "use only results that match QUERY"},
                        {"--table", layout.table, "KEYS", "a table for each value of KEYS"},
                        {"--row", layout.row, "KEYS", "a row for each value of KEYS"},
                        {"--col", layout.col, "KEYS", "a column for each value of KEYS"},
                        {"--ignore", layout.ignore, "KEYS", "do not tell results apart by KEYS"},
                        {"--run-key", layout.run_key, "KEYS",
                         "values that agree in KEYS are of one run, for which their median stands"},
                        {"--format", command.format, "text|csv|markdown|json|html", "of the report"}};
  for (const Flag& flag : flags) {
    app.add_option(flag.name, flag.value, flag.help)->type_name(flag.type)->capture_default_str();
  }
  app.add_option("--input-format", words.input_format,
                 "of all inputs, rather than what their content looks like")
      ->type_name("FORMAT");
  app.add_option("--alpha", command.options.alpha, "a difference counts if p <= ALPHA")
      ->type_name("ALPHA")
      ->capture_default_str();
  app.add_option("--confidence", command.options.confidence, "level of the intervals")
      ->type_name("LEVEL")
      ->capture_default_str();
  app.add_option("--quantile", command.options.quantile,
                 "compare this quantile, as 0.99, rather than medians; by a seeded bootstrap")
      ->type_name("Q");
  app.add_flag("--paired", command.options.paired,
               "runs of two columns were made side by side, the i-th ones or those of a --run-key: compare "
               "pair by pair");
}

void add_gate(CLI::App& app, Command& command, Words& words) {
  const std::string group = "The gate";
  app.add_option("--fail-on-regression", words.fail_on_regression,
                 "exit with 3 if a benchmark is significantly worse, by at least PCT percent; written "
                 "--fail-on-regression=PCT, or without =PCT for any amount")
      ->type_name("PCT")
      ->group(group);
  app.add_flag("--fail-on-missing", command.policy.missing_fails,
               "exit with 3 if a benchmark of the baseline is missing from another input")
      ->group(group);
  app.add_option("--threshold", words.thresholds,
                 "how large a change must be to count, as in 'sec/op=3%', or 3% for all other units")
      ->type_name("[UNIT=]PCT")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  app.add_option("--better", command.better, "which direction of a unit is better, as in req/sec=higher")
      ->type_name("UNIT=higher|lower")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group);
  app.add_option("--correction", words.correction, "of p-values for many tests")
      ->type_name("bh|holm|none")
      ->capture_default_str()
      ->group(group);
  app.add_option("--waivers", command.waivers,
                 "regressions, and missing benchmarks, that are accepted until a date")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--noise", command.noise,
                 "a change counts only above the noise floor of its benchmark; made by benchcmp calibrate")
      ->type_name("FILE")
      ->group(group);
  app.add_flag("--allow-inconclusive", command.allow_inconclusive, "exit with 0 rather than 4")->group(group);
}

void add_looks(CLI::App& app, Command& command, Words& words) {
  app.add_option("--color", words.color, "auto: on a terminal, without NO_COLOR")
      ->type_name("auto|always|never")
      ->capture_default_str();
  app.add_flag("--changed-only", command.arrangement.changed_only,
               "print only rows with a significant difference");
  app.add_option("--sort", words.sort, "rows by largest change, by name or by smallest p")
      ->type_name("delta|name|p");
  app.add_flag("--github", command.github, "annotations for GitHub Actions, on standard error");
  app.add_option("--junit", command.junit, "write each comparison as a test case")->type_name("FILE");
  app.add_flag("--ascii", command.ascii, "print nothing beyond ASCII but names");
}

void add_comparison(CLI::App& app, Command& command, Words& words) {
  add_layout(app, command, words);
  add_looks(app, command, words);
  add_gate(app, command, words);
}

// What subcommands that end in a comparison do not have.
void add_inputs(CLI::App& app, Command& command) {
  app.add_option("--profile", command.profiles,
                 "profiles of both sides, in which functions that grew explain a regression")
      ->type_name("OLD,NEW");
  app.add_option("inputs", command.inputs, "benchmark results; the first are the baseline")
      ->type_name("INPUT");
}

std::string description() {
  std::string text = std::string(kDescription) + "\n\nSubcommands (benchcmp NAME --help):";
  for (const Subcommand& subcommand : kSubcommands)
    text += fmt::format("\n  {:<10} {}", subcommand.name, subcommand.summary);
  return text;
}

// The first thing that is wrong, or "".
std::string check(const CLI::App& app, const Words& words, Command& command) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };
  if (!is_share(command.options.alpha)) return "-alpha must be in range [0, 1]";
  if (!is_share(command.options.confidence)) return "-confidence must be in range [0, 1]";
  if (app.get_option("--quantile")->count() > 0) {
    if (const double q = command.options.quantile; !(q > 0 && q < 1))
      return "--quantile must be above 0 and below 1";
    if (command.options.paired) return "--quantile has no pairs: it cannot go with --paired";
  }
  command.layout.pairs = command.options.paired;
  bool known = command.format == "csv";
  for (const Renderer& renderer : kRenderers) known |= renderer.name == command.format;
  if (!known) return "-format must be text, csv, markdown, json or html";
  command.input_format = format_named(words.input_format);
  if (!words.input_format.empty() && command.input_format == nullptr) {
    std::string names;
    for (const Format& format : formats()) {
      if (!format.name.empty()) names += (names.empty() ? "" : ", ") + std::string(format.name);
    }
    return "--input-format must be one of " + names;
  }
  constexpr std::pair<std::string_view, SortBy> kSorts[] = {
      {"", SortBy::kInput}, {"delta", SortBy::kDelta}, {"name", SortBy::kName}, {"p", SortBy::kP}};
  known = false;
  for (const auto& [name, sort] : kSorts) {
    if (name != words.sort) continue;
    command.arrangement.sort = sort;
    known = true;
  }
  if (!known) return "--sort must be delta, name or p";
  for (const std::string& threshold : words.thresholds) {
    if (const auto added = add_threshold(threshold, command.policy); !added)
      return "--threshold: " + added.error().message();
  }
  command.fail_on_regression = app.count("--fail-on-regression") > 0;
  if (command.fail_on_regression) {
    const auto least = parse_percentage(words.fail_on_regression);
    if (!least) return "--fail-on-regression must be a percentage >= 0";
    command.policy.threshold = std::max(command.policy.threshold, *least);
  }
  for (const std::string& better : command.better) {
    UnitMetadata units;
    if (const auto added = add_better(better, units); !added) return "--better: " + added.error().message();
  }
  known = false;
  for (const CorrectionName& name : kCorrections) {
    if (name.flag != words.correction) continue;
    command.policy.correction = name.correction;
    known = true;
  }
  if (!known) return "--correction must be bh, holm or none";
  constexpr std::pair<std::string_view, When> kWhens[] = {
      {"auto", When::kAuto}, {"always", When::kAlways}, {"never", When::kNever}};
  known = false;
  for (const auto& [name, when] : kWhens) {
    if (name != words.color) continue;
    command.color = when;
    known = true;
  }
  if (!known) return "--color must be auto, always or never";
  command.asked_for_verdict = command.github || !command.junit.empty();
  for (const CLI::Option* option : app.get_options()) {
    command.asked_for_verdict |= option->get_group() == "The gate" && option->count() > 0;
  }
  return "";
}

}  // namespace

void describe_comparison(CLI::App& app) {
  static Command unread;
  static Words words;
  add_comparison(app, unread, words);
}

void describe_all(CLI::App& app) {
  static Command unread;
  app.set_version_flag("--version", "benchcmp " PROF_VERSION);
  describe_comparison(app);
  add_inputs(app, unread);
  for (const Subcommand& subcommand : kSubcommands)
    subcommand.describe(*app.add_subcommand(std::string(subcommand.name), subcommand.summary));
}

int show(const Exit& exit) {
  say("{}", exit.err);
  const int failed = exit.out.empty() ? 0 : print(exit.out);
  return failed != 0 ? failed : exit.code;
}

tl::expected<Command, Exit> parse(int argc, const char* const* argv, const Extension* extension) {
  Command command;
  Words words;
  bool wants_man_page = false;
  CLI::App app(extension == nullptr ? description() : extension->description,
               extension == nullptr ? "benchcmp" : extension->name);
  const std::string example = extension == nullptr ? kExample : extension->example;
  app.footer(kFooter);
  app.set_version_flag("--version", "benchcmp " PROF_VERSION);
  if (extension != nullptr) extension->add(app);
  add_comparison(app, command, words);
  if (extension == nullptr) {
    add_inputs(app, command);
    app.add_flag("--man-page", wants_man_page, "print the manual page")->group("");  // for the build
  }
  const auto wrong_usage = [&](const std::string& message) { return usage(message, example); };
  if (auto exit = parse_arguments(app, argc, argv, {{"fail-on-regression", "0"}}, wrong_usage))
    return tl::unexpected(std::move(*exit));
  if (wants_man_page) return tl::unexpected(Exit{0, man_page(), ""});
  if (extension == nullptr && command.inputs.empty()) return tl::unexpected(usage("no input given", example));
  const bool one_profile = !command.profiles.empty() && command.profiles.find(',') == std::string::npos;
  std::string wrong = extension != nullptr ? extension->check()
                      : one_profile        ? "--profile must be two files, OLD,NEW"
                                           : "";
  if (wrong.empty()) wrong = check(app, words, command);
  if (!wrong.empty()) return tl::unexpected(usage(wrong, example));
  return command;
}

}  // namespace bench::cmd
