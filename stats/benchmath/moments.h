// Samples of which only mean, standard deviation and size are known, as several harnesses print them: Welch's
// test and intervals (Welch 1947). Assumes that means are about normally distributed.
#pragma once

#include <span>

#include "stats/benchmath/estimate.h"
#include "stats/benchmath/shift.h"

namespace bench {

struct Moments {
  double mean = 0;
  double deviation = 0;  // of single values
  double size = 0;
  bool of_runs = false;  // which are known, all of them

  static Moments of(std::span<const double> sample);
  // Both samples as one. (Chan, Golub and LeVeque 1979.)
  Moments operator+(const Moments& other) const;
};

// The mean with a t-interval; says in a warning why it is not the median: its runs are unknown, or those of
// what it is compared with.
Summary summarize(const Moments& sample, const Options& options);
Comparison compare(const Moments& first, const Moments& second, const Options& options);
// Of the ratio of the means, on logarithms; cliff is that of normal distributions.
Shift estimate_shift(const Moments& first, const Moments& second, double confidence, double alpha);

}  // namespace bench
