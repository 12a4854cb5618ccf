// benchcmp: read, compute, print, decide.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "cmd/benchcmp/options.h"
#include "libprof/base/exit_code.h"
#include "stats/table/gate.h"
#include "stats/table/render.h"

namespace bench::cmd {
namespace {

using prof::ExitCode;

int code(ExitCode exit) { return static_cast<int>(exit); }

int report(const std::string& message) {
  fmt::print(stderr, "benchcmp: {}\n", message);
  return code(ExitCode::kFailure);
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

void show_problems(TableBuilder& builder) {
  for (const std::string& problem : builder.take_problems()) fmt::print(stderr, "{}\n", problem);
}

std::string why_empty(const TableBuilder& builder) {
  if (builder.results_read() == 0) {
    return "nothing to compare: no input has a benchmark result; expected Go benchmark text or Google "
           "Benchmark JSON";
  }
  if (builder.results_kept() == 0) {
    return fmt::format("nothing to compare: none of {} results is left by -filter and fixed orders",
                       builder.results_read());
  }
  return "nothing to compare: no value is a number";
}

int gate(const Tables& tables, const Command& command) {
  const Verdict verdict = judge(tables, *command.fail_on_regression);
  if (verdict.compared == 0 && verdict.unknown_units.empty()) {
    return report(
        "--fail-on-regression: no row has results in the first column and in another; see what sets the "
        "tables apart, and -ignore it if they should be compared");
  }
  fmt::print(stderr, "benchcmp: {}", describe(verdict, *command.fail_on_regression, command.options));
  return code(verdict.regressions.empty() ? ExitCode::kOk : ExitCode::kRegression);
}

int run(const Command& command) {
  UnitMetadata units;
  const auto builder = TableBuilder::make(command.layout, units);
  if (!builder) return report(builder.error().message());
  const auto read = read_inputs(parse_inputs(command.inputs), units, **builder);
  show_problems(**builder);
  if (!read) return report(read.error().message());
  for (const auto& warning : (*builder)->unseen_keys())
    fmt::print(stderr, "benchcmp: warning: {}\n", warning);

  const Tables tables = (*builder)->build(command.options);
  show_problems(**builder);
  if (tables.tables.empty()) return report(why_empty(**builder));

  std::string text;
  if (command.format == OutputFormat::kCsv) {
    Csv csv = render_csv(tables);
    text = std::move(csv.text);
    for (const std::string& warning : csv.warnings) fmt::print(stderr, "{}\n", warning);
  } else {
    text = render_text(tables);
  }
  if (!print(text)) return report("cannot write to standard output: is its disk full?");
  return command.fail_on_regression ? gate(tables, command) : code(ExitCode::kOk);
}

}  // namespace
}  // namespace bench::cmd

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_DFL);  // `benchcmp old new | head` ends like any filter, whatever the parent ignored
  const auto command = bench::cmd::parse(argc, argv);
  if (!command) {
    fmt::print(stdout, "{}", command.error().out);
    fmt::print(stderr, "{}", command.error().err);
    return command.error().code;
  }
  return bench::cmd::run(*command);
}
