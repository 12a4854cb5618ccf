#include "cmd/benchcmp/compare.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>

#include "cmd/benchcmp/output.h"
#include "cmd/common/color.h"
#include "libprof/base/exit_code.h"
#include "libprof/base/files.h"
#include "stats/gate/describe.h"
#include "stats/gate/pairing.h"
#include "stats/table/estimates.h"
#include "stats/table/paired.h"
#include "stats/table/render.h"

namespace bench::cmd {
namespace {

using prof::ExitCode;

int code(ExitCode exit) { return static_cast<int>(exit); }

std::string why_empty(const TableBuilder& builder) {
  if (builder.results_read() == 0) {
    return "nothing to compare: no input has a benchmark result; docs/benchcmp.md lists the formats that are "
           "read";
  }
  if (builder.results_kept() == 0) {
    return fmt::format("nothing to compare: none of {} results is left by -filter and fixed orders",
                       builder.results_read());
  }
  return "nothing to compare: no value is a number";
}

Style style_of(const Command& command) {
  return {command.color == When::kAuto ? prof::cmd::wants_color() : command.color == When::kAlways,
          command.ascii, ::isatty(STDOUT_FILENO) == 1};
}

// Waivers and noise floors.
prof::Result<void> read_policy(Command& command) {
  if (!command.waivers.empty()) {
    const auto text = prof::read_file(command.waivers);
    if (!text) return tl::unexpected(text.error());
    auto waivers = parse_waivers(*text, command.waivers);
    if (!waivers) return tl::unexpected(waivers.error());
    command.policy.waivers = std::move(*waivers);
  }
  if (!command.noise.empty()) {
    const auto text = prof::read_file(command.noise);
    if (!text) return tl::unexpected(text.error());
    auto noise = parse_noise(*text, command.noise);
    if (!noise) return tl::unexpected(noise.error());
    command.policy.noise = std::move(*noise);
  }
  return {};
}

// What the gate makes of a verdict.
int decide(const Verdict& verdict, const Command& command) {
  if (!command.is_gate()) return code(ExitCode::kOk);
  if (verdict.missing(command.policy) > 0) return code(ExitCode::kRegression);
  if (!command.fail_on_regression) return code(ExitCode::kOk);
  if (verdict.compared() == 0) {
    return report("--fail-on-regression: " + why_nothing_compared(verdict) +
                  (verdict.judgements.empty()
                       ? "; see what sets the tables apart, and -ignore it if they should be compared"
                       : ""));
  }
  if (verdict.failing() > 0) return code(ExitCode::kRegression);
  const bool unknown = verdict.count(Outcome::kInconclusive) > 0 && !command.allow_inconclusive;
  return code(unknown ? ExitCode::kInconclusive : ExitCode::kOk);
}

// What goes beside the report: the verdict of a CSV table, which must stay CSV, and annotations.
void say_beside(const Command& command, const Report& report) {
  if (command.format == "csv") {
    say("benchcmp: {}", render_verdict(report.verdict, report.tables, command.policy, command.options,
                                       {false, command.ascii}) +
                            render_growth(report.explanations));
  }
  if (command.github) say("{}", render_github(report));
}

std::string print_csv(const Tables& tables, bool ascii) {
  Csv rendered = render_csv(tables);
  for (const std::string& warning : rendered.warnings) say("{}\n", warning);
  return ascii ? to_ascii(rendered.text) : std::move(rendered.text);
}

std::string render(const Command& command, const Report& report) {
  for (const Renderer& renderer : kRenderers) {
    if (renderer.name == command.format) return renderer.render(report);
  }
  return print_csv(report.tables, command.ascii);
}

// The inputs of a command, and what was read of them.
struct Reading {
  UnitMetadata units;
  std::unique_ptr<TableBuilder> builder;  // refers to `units`; null where an expression is wrong
  std::vector<std::string> telling;       // as read_inputs() returns it
};

// With the files of the policy, which are read into `command`.
prof::Result<void> read(Command& command, Reading& reading) {
  for (const std::string& better : command.better) (void)add_better(better, reading.units);
  auto builder = TableBuilder::make(command.layout, reading.units);
  if (!builder) return tl::unexpected(builder.error());
  reading.builder = std::move(*builder);
  if (auto policy = read_policy(command); !policy) return policy;
  auto telling =
      read_inputs(parse_inputs(command.inputs), reading.units, *reading.builder, command.input_format);
  if (!telling) return tl::unexpected(telling.error());
  reading.telling = std::move(*telling);
  return {};
}

// What only runs have, and summaries do not.
prof::Result<void> use_runs(Tables& tables, const Options& options) {
  if (options.quantile > 0) return check_quantiles(tables);
  return options.paired ? compare_in_pairs(tables, options) : prof::Result<void>();
}

void warn_of_absent(const Absent& absent, const Command& command) {
  for (const auto* labels : {&absent.before, &absent.after}) {
    for (const std::string& label : *labels) {
      say("benchcmp: warning: {}: no benchmark result{}\n", label,
          command.layout.filter == "*" ? "" : " that -filter leaves");
    }
  }
}

// Benchstat's output.
int print_tables(Tables& tables, const Command& command) {
  arrange(tables, command.arrangement);
  if (command.format == "csv") return print(print_csv(tables, command.ascii));
  return print_parts([&](const Put& put) { render_text(tables, style_of(command), put); });
}

// The report in each form that is asked for; the exit code is the gate's, else that of what went wrong.
int print_verdict(const Report& all, const Command& command) {
  say_beside(command, all);
  // The file first: it needs no reader of standard output.
  const auto written = command.junit.empty() ? prof::Result<void>()
                                             : prof::write_file_atomically(command.junit, render_junit(all));
  const bool is_colored = command.format == "text" && all.style.color;
  const auto colors = is_colored ? prof::Colors::kOwn : prof::Colors::kNone;
  if (const int failed = print(render(command, all), colors); failed != 0) return failed;
  const int decided = decide(all.verdict, command);
  const int failed = written ? 0 : report(written.error().message());
  return decided != 0 ? decided : failed;
}

}  // namespace

prof::Result<void> check_comparison(Command command) {
  const UnitMetadata units;
  if (const auto builder = TableBuilder::make(command.layout, units); !builder)
    return tl::unexpected(builder.error());
  return read_policy(command);
}

prof::Result<Verdict> verdict_on(Command& command) {
  Reading reading;
  if (const auto done = read(command, reading); !done) return tl::unexpected(done.error());
  Tables tables = reading.builder->build(command.options, TableBuilder::Runs::kKeep);
  if (const auto paired = use_runs(tables, command.options); !paired) return tl::unexpected(paired.error());
  return judge(tables, command.policy, command.options, today());
}

int compare(Command command, const Explain& explain, LeftOut left_out) {
  // Never given back: the process ends with them, and piece by piece it takes as long as printing them. A
  // leak checker finds them there.
  struct Kept {
    Reading reading;
    Tables tables;
  };
  static auto& kept = *new std::deque<Kept>;
  auto& [reading, tables] = kept.emplace_back();
  const auto done = read(command, reading);
  if (reading.builder) say_problems(reading.builder->take_problems());
  if (!done) return report(done.error().message());
  TableBuilder& builder = *reading.builder;
  for (const auto& warning : builder.unseen_keys()) say("benchcmp: warning: {}\n", warning);

  // benchstat's flags alone, and not on a terminal: benchstat's output.
  const bool plain = command.format == "csv" || (command.format == "text" && isatty(STDOUT_FILENO) == 0);
  const bool judged = command.asked_for_verdict || explain || !plain;
  const bool ordered = judged || command.options.paired;
  const auto runs = ordered ? TableBuilder::Runs::kKeep : TableBuilder::Runs::kDrop;
  tables = builder.build(command.options, runs);
  say_problems(builder.take_problems());
  if (tables.tables.empty()) return report(why_empty(builder));
  const Absent absent =
      absent_inputs(tables, command.layout.col, parse_inputs(command.inputs), reading.telling);
  warn_of_absent(absent, command);
  if (command.is_gate() && !absent.before.empty())
    return report(absent.before.front() + " has no benchmark result that others could be compared with");
  if (const auto paired = use_runs(tables, command.options); !paired) return report(paired.error().message());
  if (!judged) return print_tables(tables, command);

  Verdict verdict = judge(tables, command.policy, command.options, today());
  for (std::string& warning : unmet_directions(reading.units, tables))
    verdict.warnings.push_back(std::move(warning));
  arrange(tables, command.arrangement, &verdict);
  for (const std::string& label : absent.after)
    verdict.vanished.push_back({"every benchmark", label, "", {}});
  left_out.add(builder.left_out());
  if (left_out.count > 0) verdict.warnings.push_back(describe(left_out));
  std::vector<Explanation> explanations;
  if (explain) {
    auto explained = explain(verdict, tables);
    if (explained) {
      explanations = std::move(*explained);
    } else {
      say("benchcmp: warning: {}\n", explained.error().message());
    }
  }
  return print_verdict({tables, verdict, command.policy, command.options, style_of(command), explanations},
                       command);
}

}  // namespace bench::cmd
