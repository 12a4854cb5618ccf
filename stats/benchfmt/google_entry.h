// An entry of Google Benchmark's JSON, or a row of its console: what it measured, a run or a statistic of
// runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {

struct Measured {
  std::string_view unit;  // sec/op, cpu-sec/op, B/s, items/s, or the name of a counter: a key of the entry
  double value;
  double rounding = 0;  // how far the printed number can be from the measured one
};

// What is wrong with the entry; nothing where all of it could be read.
std::string read_measured(const Json& entry, std::vector<Measured>& measured);

int64_t iterations_of(const Json& entry);

// Of a benchmark whose runs are not told: the statistics of one output from which their moments come.
struct GoogleStatistics {
  std::vector<Measured> means, deviations;  // of a sample: over n - 1
  double repetitions = 0;                   // 0: not told

  // Hands over the moments of the runs of `benchmark`; false where a statistic is missing, or the number of
  // repetitions is: before 1.5 only that of iterations was told. What rounding can have taken from a
  // deviation, or from the error of a mean, is added to the deviation: that of a mean does not shrink with
  // repetitions.
  bool summarize(std::string_view benchmark, Emitter& out) const;
};

// All of them, by benchmark: outputs that follow each other, and benchmarks of one name, have several each.
class GoogleSummaries {
 public:
  // Where a mean goes, or what belongs to the latest one.
  GoogleStatistics& of(const std::string& benchmark, bool is_mean);
  void take(const std::string& benchmark, const Json& entry);  // of any statistic
  // False where no statistics of the benchmark tell anything.
  bool summarize(const std::string& benchmark, Emitter& out) const;

 private:
  std::map<std::string, std::vector<GoogleStatistics>> statistics_;
};

}  // namespace bench
