// An entry of Google Benchmark's JSON: what it measured, a run or a statistic of runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stats/benchfmt/json.h"
#include "stats/benchmath/moments.h"

namespace bench {

struct Measured {
  std::string_view unit;  // sec/op, cpu-sec/op, B/s, items/s, or the name of a counter: a key of the entry
  double value;
};

// What is wrong with the entry; nothing where all of it could be read.
std::string read_measured(const Json& entry, std::vector<Measured>& measured);

int64_t iterations_of(const Json& entry);

// The statistics of a benchmark from which its runs' moments come.
struct GoogleStatistics {
  const Json* mean = nullptr;
  const Json* deviation = nullptr;  // of a sample: over n - 1

  void take(const Json& entry);

  struct Summary {
    std::string_view unit;
    Moments moments;
  };
  // Empty where a statistic is missing or no number, or the number of repetitions is: before 1.5 only that of
  // iterations was told.
  std::vector<Summary> summaries() const;
};

}  // namespace bench
