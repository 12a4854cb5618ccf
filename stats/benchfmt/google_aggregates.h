// Google Benchmark's aggregates: which rows of its console are statistics of others, for no column says so,
// and names of benchmarks may end in _mean or _median too; and which benchmarks have nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

// A row BASE_STATISTIC is one of BASE's where the table has BASE_mean, BASE_median and BASE_stddev, which are
// always printed together, with its number of iterations (that of repetitions; before 1.5 that of a
// repetition); or, of a table that was cut, where it is one of these and has as many iterations as BASE had
// rows. BASE has no rows (--benchmark_report_aggregates_only) or two at least.
class GoogleAggregates {
 public:
  // Each row of the table, before any is asked for. The names must outlive this.
  void saw(std::string_view name, int64_t iterations) { all_.emplace(name, iterations); }
  // Of which benchmark the row is a statistic; empty where it is a run. In the order of the table.
  std::string_view base_of(std::string_view name, int64_t iterations);

 private:
  bool has(std::string_view base, const char* statistic, int64_t iterations) const;
  std::set<std::pair<std::string, int64_t>> all_;
  std::map<std::string_view, int64_t> runs_;  // rows that are no statistics, by name
};

// What a file lacks the runs of: of these its aggregates cannot be compared with the runs of others, and that
// has to be said.
class MissingRuns {
 public:
  void saw_run(std::string_view benchmark) { with_runs_.emplace(benchmark); }
  void saw_aggregate(std::string_view benchmark, size_t place) {
    if (seen_.emplace(benchmark).second) aggregated_.emplace_back(benchmark, place);
  }
  bool is_of_all() const { return with_runs_.empty() && !aggregated_.empty(); }
  // visit(benchmark, place of its first aggregate), where there are aggregates only.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [benchmark, place] : aggregated_) {
      if (with_runs_.count(benchmark) == 0) visit(benchmark, place);
    }
  }
  static constexpr const char* kOfOne = ": aggregates only, no runs; leave out ReportAggregatesOnly";
  static constexpr const char* kOfAll =
      "it has aggregates only, and no runs: leave out --benchmark_report_aggregates_only";

 private:
  std::set<std::string> with_runs_, seen_;
  std::vector<std::pair<std::string, size_t>> aggregated_;  // in the order of the file
};

}  // namespace bench
