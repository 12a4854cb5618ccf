#include "cmd/benchcmp/man_page.h"

#include "cmd/benchcmp/options.h"
#include "cmd/common/man.h"

namespace bench::cmd {
namespace {

constexpr const char* kText =
    "benchcmp compares benchmark results: medians with confidence intervals, and which differences are more "
    "than noise. It reads what Go, Google Benchmark, Catch2, hyperfine, criterion, cargo, nanobench, "
    "pytest-benchmark and pyperf write, told apart by content. An input is FILE, LABEL=FILE, or - for "
    "standard input; the first is the baseline. benchstat's flags have its meaning, with one dash or two.";

constexpr const char* kExitStatus =
    "0 compared\n"
    "1 failed: an unreadable file, a bad expression, nothing left to compare\n"
    "2 wrong command line\n"
    "3 with --fail-on-regression: a regression was found; with --fail-on-missing: a benchmark is missing\n"
    "4 with --fail-on-regression: inconclusive; more runs are needed\n"
    "130 interrupted";

constexpr const char* kExamples =
    "Did it get slower?\n  benchcmp old.txt new.txt\n"
    "Fail a build from 5% on:\n  benchcmp --fail-on-regression=5 old.txt new.txt\n"
    "Run both builds in turn, ten times each:\n"
    "  benchcmp run --old ./bench_a --new ./bench_b -n 10 --fail-on-regression=5\n"
    "Since which commit is it slower?\n  benchcmp history results/";

}  // namespace

std::string man_page() {
  CLI::App app("", "benchcmp");
  describe_all(app);
  return prof::cmd::man_page(app, {"benchcmp", "compare benchmark results, and fail a build that got slower",
                                   kText, kExitStatus, kExamples, "prof(1), docs/benchcmp.md"});
}

}  // namespace bench::cmd
