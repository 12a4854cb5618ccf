// The median of a sample and a confidence interval for it from order statistics: no assumption on the
// distribution.
#pragma once

#include <span>

namespace bench {

// Hyndman and Fan's type R8 (1996), for a sorted sample that is not empty.
double median(std::span<const double> sorted);

// The median of the population lies between the lo-th and hi-th smallest value, 1-based, with at least the
// wanted confidence; 0 and n + 1 stand for minus and plus infinity.
struct MedianInterval {
  int lo = 0;
  int hi = 0;
  double confidence = 1;   // what it really is
  bool ambiguous = false;  // [lo + 1, hi + 1] would be as good
};

// Up to n = 30 from the binomial distribution itself, adding the larger neighbour to the middle (left on a
// tie) until it is enough; beyond from its normal approximation with continuity correction.
MedianInterval median_interval(int n, double confidence);

// The smallest n for which the interval is finite: 0 where it is above 50.
int samples_for_interval(double confidence);

}  // namespace bench
