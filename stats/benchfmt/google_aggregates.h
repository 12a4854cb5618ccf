// Which rows of Google Benchmark's console are statistics of others: no column says so, and names of
// benchmarks may end in _mean or _median too.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

// A row BASE_STATISTIC is one of BASE's where the table has BASE_mean, BASE_median and BASE_stddev, which are
// always printed together, with its number of iterations (that of repetitions; before 1.5 that of a
// repetition); or, of a table that was cut, where it is one of these and has as many iterations as BASE had
// rows. BASE has no rows (--benchmark_report_aggregates_only) or two at least.
class GoogleAggregates {
 public:
  // Each row of the table, before any is asked for. The names must outlive this.
  void saw(std::string_view name, int64_t iterations) { all_.emplace(name, iterations); }
  // In the order of the table.
  bool take(std::string_view name, int64_t iterations);

 private:
  bool has(std::string_view base, const char* statistic, int64_t iterations) const;
  std::set<std::pair<std::string, int64_t>> all_;
  std::map<std::string_view, int64_t> runs_;  // rows that are no statistics, by name
};

}  // namespace bench
