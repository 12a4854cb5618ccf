// Times as text, which were printed with few digits: how far they can be from what was measured.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stats/benchfmt/emitter.h"

namespace bench {

struct PrintedTime {
  double seconds = 0;
  double rounding = 0;  // how far it can be from the measured one, in seconds

  // `number` is a plain decimal, with an exponent perhaps, of so many seconds each; `value` is its value.
  static PrintedTime of(std::string_view number, double value, double seconds);
  // Of three digits the last one is 1% at most: "0.012 ms" has fewer.
  bool is_coarse() const { return rounding > seconds * 0.5e-2 * (1 + 1e-9); }
};

// The moments of a sample with what rounding can have taken from its deviation and from its mean: that of a
// mean does not shrink with the size, and means whose last digits are next to each other may have been the
// same.
Moments with_rounding(Moments printed, double of_mean, double of_deviation);

// Runs of benchmarks with coarse times. Of equal numbers on both sides one may be twice the other: their
// moments say so, with the rounding.
class CoarseRuns {
 public:
  // From now on runs of that name and unit, which outlive this, are coarse.
  void note(std::string_view name, std::string_view unit);
  // False where they are not coarse.
  bool add(std::string_view name, std::string_view unit, double value, double rounding);
  void emit(Emitter& out) const;

 private:
  struct Runs {
    std::string_view name, unit;
    std::vector<double> values;
    double rounding;  // the largest
  };
  std::vector<Runs> all_;
  std::map<std::pair<std::string_view, std::string_view>, size_t> places_;  // in all_, by name and unit
};

}  // namespace bench
