// benchcmp history: where benchmarks changed over many commits.
#include <fmt/format.h>
#include <strings.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "cmd/benchcmp/arguments.h"
#include "cmd/benchcmp/compare.h"
#include "cmd/benchcmp/output.h"
#include "cmd/benchcmp/subcommands.h"
#include "cmd/common/number_checks.h"
#include "libprof/base/exit_code.h"
#include "stats/gate/describe.h"
#include "stats/gate/policy.h"
#include "stats/history/history.h"
#include "stats/table/builder.h"
#include "stats/table/style.h"

namespace bench::cmd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription =
    "Find the commits from which on benchmarks are faster or slower, in results of many commits.\n"
    "Each input is a commit, oldest first: FILE, LABEL=FILE, or a directory, which stands for the files and\n"
    "directories in it, a commit each, by name, where numbers count as numbers. Inputs with one label are "
    "one\n"
    "commit. With --col commit-date@alpha a configuration line of the files tells commits apart and puts "
    "them\n"
    "in order.";
constexpr const char* kFooter =
    "\nExit status: 0 done, 1 failed, 2 wrong usage; with --fail-on-regression: 3 a new regression was "
    "found.";

struct Renderer {
  std::string_view name;
  std::string (*render)(const History& history, const HistoryOptions& options);
};
constexpr Renderer kHistoryRenderers[] = {{"text", render_history_text},
                                          {"csv", render_history_csv},
                                          {"json", render_history_json},
                                          {"html", render_history_html}};

// Packages and kinds of machines set series apart, as far as files name them. Hosts do not: hosted runners
// have a new name each time.
constexpr const char* kTableKeys = "pkg,goos,goarch,cpu,num_cpus,library_build_type";

struct HistoryCommand {
  Layout layout{"*", kTableKeys, ".fullname", ".file", "", ""};
  HistoryOptions history;
  std::string format = "text", input_format, fail_on_regression, threshold;
  std::vector<std::string> better, inputs;
  bool ascii = false;
};

void add_flags(CLI::App& app, HistoryCommand& command) {
  Layout& layout = command.layout;
  const auto add = [&](const char* name, auto& value, const char* type, const char* help) {
    return app.add_option(name, value, help)->type_name(type);
  };
  add("--filter", layout.filter, "QUERY", "use only results that match QUERY")->capture_default_str();
  add("--table", layout.table, "KEYS", "series of their own for each value of KEYS")->capture_default_str();
  add("--row", layout.row, "KEYS", "a series for each value of KEYS")->capture_default_str();
  add("--col", layout.col, "KEYS", "a commit for each value of KEYS")->capture_default_str();
  add("--format", command.format, "text|csv|json|html", "of the report")->capture_default_str();
  app.add_flag("--ascii", command.ascii, "print nothing beyond ASCII but names");
  add("--input-format", command.input_format, "FORMAT", "of all inputs, rather than what they look like");
  add("--alpha", command.history.change_points.alpha, "ALPHA",
      "how often a series that does not change may be said to")
      ->capture_default_str();
  add("--seed", command.history.change_points.seed, "N", "of the permutations")
      ->check(prof::cmd::whole_number(0, UINT64_MAX))
      ->capture_default_str();
  add("--threshold", command.threshold, "PCT", "tell only changes of at least PCT percent");
  add("--newest", command.history.newest, "N", "how many of the last points of a series are new")
      ->check(prof::cmd::whole_number(1, 1000000))
      ->capture_default_str();
  add("--better", command.better, "UNIT=higher|lower", "which direction of a unit is better")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add("--fail-on-regression", command.fail_on_regression, "PCT",
      "exit with 3 where the last change of a series is a regression by PCT percent or more among its newest "
      "points; written =PCT, or without for any amount");
  add("inputs", command.inputs, "INPUT", "results of commits, oldest first");
}

Exit wrong_usage(const std::string& message) {
  return {static_cast<int>(prof::ExitCode::kUsage), "",
          "benchcmp history: " + message + "\nfor example: benchcmp history results/\n"};
}
int usage(const std::string& message) { return show(wrong_usage(message)); }

// c2 before c10.
bool natural_less(const std::string& a, const std::string& b) {
  const int order = ::strverscmp(a.c_str(), b.c_str());
  return order < 0;
}

// That holds a commit a file or directory. One directory of criterion's is an input by itself.
bool holds_commits(const std::string& argument) {
  std::error_code error;
  return fs::is_directory(argument, error) && criterion_directories(argument) != 1;
}

std::vector<std::string> entries_of(const std::string& directory) {
  std::vector<std::string> entries;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path().string());
  }
  std::sort(entries.begin(), entries.end(), natural_less);
  return entries;
}

// A directory in it is a commit as well: what criterion left there, or all files.
std::vector<Input> inputs_in(const std::string& directory) {
  std::vector<Input> inputs;
  std::error_code error;
  for (const std::string& commit : entries_of(directory)) {
    const bool is_read_whole = !fs::is_directory(commit, error) || criterion_directories(commit) > 0;
    const auto files = is_read_whole ? std::vector{commit} : entries_of(commit);
    for (const std::string& file : files) inputs.push_back({file, commit});
  }
  return inputs;
}

std::vector<Input> inputs_of(const HistoryCommand& command) {
  // Labels stand in arguments: a = in the name of a file in a directory is a part of it.
  std::vector<std::string> files;
  std::remove_copy_if(command.inputs.begin(), command.inputs.end(), std::back_inserter(files), holds_commits);
  const std::vector<Input> named = parse_inputs(files);
  std::vector<Input> inputs;
  for (size_t i = 0, next = 0; i < command.inputs.size(); i++) {
    if (holds_commits(command.inputs[i])) {
      const std::vector<Input> inside = inputs_in(command.inputs[i]);
      inputs.insert(inputs.end(), inside.begin(), inside.end());
    } else {
      inputs.push_back(named[next++]);
    }
  }
  // What is in one directory is known by its name there.
  if (command.inputs.size() == 1 && inputs.size() > 1) {
    for (Input& input : inputs) input.label = fs::path(input.label).filename().string();
  }
  return inputs;
}

std::vector<std::string> split_at_commas(const std::string& keys) {
  std::vector<std::string> all;
  std::istringstream parts(keys);
  for (std::string part; std::getline(parts, part, ',');) all.push_back(part);
  return all;
}

// "split by cpu, 30 values; --table pkg,goos joins them".
std::string describe(const Split& split, const std::string& table_keys) {
  std::string others;
  for (const std::string& part : split_at_commas(table_keys)) {
    if (part.substr(0, part.find('@')) != split.key) others += (others.empty() ? "" : ",") + part;
  }
  return fmt::format("split by {}, {} values; --table '{}' joins them", split.key, split.values, others);
}

int history(const HistoryCommand& command) {
  const auto renderer = std::find_if(std::begin(kHistoryRenderers), std::end(kHistoryRenderers),
                                     [&](const Renderer& one) { return one.name == command.format; });
  if (renderer == std::end(kHistoryRenderers)) return usage("--format must be text, csv, json or html");
  UnitMetadata units;
  for (const std::string& better : command.better) {
    if (const auto added = add_better(better, units); !added) return usage(added.error().message());
  }
  const auto builder = TableBuilder::make(command.layout, units);
  if (!builder) return report(builder.error().message());
  const auto inputs = inputs_of(command);
  if (inputs.empty()) return report("nothing to read: the directory is empty");
  const auto read = read_inputs(inputs, units, **builder, format_named(command.input_format));
  say_problems((*builder)->take_problems());
  if (!read) return report(read.error().message());
  const auto usual = split_at_commas(kTableKeys);
  for (const auto& warning : (*builder)->unseen_keys({usual.begin(), usual.end()}))
    say("benchcmp: warning: {}\n", warning);
  const Tables tables = (*builder)->build({});
  const History found = find_history(tables, command.history);
  if (found.left_out.count > 0) say("benchcmp: warning: {}\n", bench::describe(found.left_out));
  for (const std::string& warning : unmet_directions(units, tables)) say("benchcmp: warning: {}\n", warning);
  if (found.series.empty()) return report("no benchmark result in any input");
  const std::string text = renderer->render(found, command.history);
  if (const int unwritten = print(command.ascii ? to_ascii(text) : text); unwritten != 0) return unwritten;
  const auto split = find_split(tables, command.history);
  const std::string hint = split ? describe(*split, command.layout.table) : "";
  if (found.too_short == found.series.size()) {
    return report(headline(found, command.history) + ": " +
                  (split ? hint : "run on more commits, or allow a larger --alpha"));
  }
  if (split) say("benchcmp: warning: some series are too short: {}\n", hint);
  const bool is_gate = !command.fail_on_regression.empty();
  const std::string undirected = without_direction(undirected_units(found, !is_gate));
  const auto is_directed = [](const Series& series) { return series.better != Better::kUnknown; };
  if (is_gate && std::none_of(found.series.begin(), found.series.end(), is_directed))
    return report("--fail-on-regression: " + undirected);
  if (!undirected.empty()) say("benchcmp: warning: {}\n", undirected);
  const auto fails = [&](const Series& series) { return newly_regressed(series, command.history); };
  const bool failed = is_gate && std::any_of(found.series.begin(), found.series.end(), fails);
  return static_cast<int>(failed ? prof::ExitCode::kRegression : prof::ExitCode::kOk);
}

}  // namespace

void describe_history(CLI::App& app) {
  static HistoryCommand unread;
  add_flags(app, unread);
}

int history_main(int argc, const char* const* argv) {
  HistoryCommand command;
  CLI::App app(kDescription, "benchcmp history");
  app.footer(kFooter);
  add_flags(app, command);
  if (const auto exit = parse_arguments(app, argc, argv, {{"fail-on-regression", "0"}}, wrong_usage))
    return show(*exit);
  if (command.inputs.empty()) return usage("no input given");
  if (const double alpha = command.history.change_points.alpha; !(alpha >= 1e-4 && alpha <= 0.5))
    return usage("--alpha must be in range [0.0001, 0.5]");
  if (!command.input_format.empty() && format_named(command.input_format) == nullptr)
    return usage("unknown --input-format " + command.input_format);
  for (const std::string& text : {command.threshold, command.fail_on_regression}) {
    if (text.empty()) continue;
    const auto share = parse_percentage(text);
    if (!share) return usage(share.error().message());
    command.history.threshold = std::max(command.history.threshold, *share);
  }
  return history(command);
}

}  // namespace bench::cmd
