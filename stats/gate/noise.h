// The noise floor of a host: how much benchmarks differ that are the same. Found from inputs that measured
// the same program (A/A runs), kept in a file, and used by the gate as the largest change that does not
// count. A test cannot know it: runs of one process agree with each other better than with those of the next
// one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libprof/base/error.h"
#include "stats/table/table.h"

namespace bench {

struct NoiseFloor {
  double floor = 0;  // a share: identical runs differ by that much
  size_t pairs = 0;  // of inputs, from which it is known
};

struct Noise {
  std::map<std::pair<std::string, std::string>, NoiseFloor> floors;  // by row and unit, as JSON can have them
  Machine machine;

  // Null where the benchmark was not calibrated.
  const NoiseFloor* find(const std::string& row, const std::string& unit) const;
  // 0 there.
  double floor_of(const std::string& row, const std::string& unit) const;
};

// For each benchmark: the 95th percentile, by nearest rank, of the magnitudes of the changes between any two
// columns, of the centres or of the shifts (Hodges and Lehmann, on logarithms), whichever are larger; of
// fewer than 20 pairs that is the largest. A row that stands in several tables has the largest of theirs. 0
// where all values are equal. Left out: units that are exact, counts that do not vary, and values that have
// no ratio.
Noise measure_noise(const Tables& tables);

// JSON, {"schema": "benchcmp-noise/1", "method", "machine": {key: [value]}, "floors": [{"row", "unit",
// "floor", "pairs"}]}; floors are shares.
std::string write_noise(const Noise& noise);
// The error names the file, and what is wrong. Keys that are not known are passed over.
prof::Result<Noise> parse_noise(std::string_view text, const std::string& file);

// What sets the machine of these tables apart from the one that was calibrated.
prof::Warnings compare_machines(const Machine& calibrated, const Machine& used);

}  // namespace bench
