// How much one sample is above another, and how sure that is: the estimate that belongs to the Mann-Whitney
// test. (Hodges and Lehmann 1963; Cliff 1993.)
#pragma once

#include <span>

namespace bench {

// Changes are shares: 0.05 is 5% more in the second sample. Where all values are > 0 they are ratios minus
// one, estimated on logarithms; else differences over the magnitude of the first sample's median, bounded by
// bound_fall().
struct Shift {
  double estimate = 0;  // the median over all pairs of values
  // Confidence interval, by inverting the test: it holds 0 exactly where p > 1 - confidence, but for ties.
  // With these the truth may be one of the ends: it holds it more often than `confidence`, and less often
  // without them. (Lehmann 1975, chapter 2.) Infinite where samples are too small.
  double lo = 0;
  double hi = 0;
  // Interval of confidence 1 - 2 alpha: inside of (-t, t) the samples are equal within t at level alpha (two
  // one-sided tests).
  double equal_lo = 0;
  double equal_hi = 0;
  double cliff = 0;       // P(second > first) - P(second < first)
  double detectable = 0;  // the smallest change that would be found 4 times in 5 with such samples
  bool logarithmic = true;
};

// Samples are sorted and not empty. O(n1 n2) up to a million pairs, beyond O((n1 + n2) log).
Shift estimate_shift(std::span<const double> first, std::span<const double> second, double confidence,
                     double alpha);

// Nothing falls by more than all of it: a change that is a difference over a median is -1 at least where no
// value is negative. `least` is the smallest value of both samples.
void bound_fall(Shift& shift, double least);

// Of the standard normal distribution; infinite at 0 and 1.
double normal_quantile(double probability);

// Shift::detectable, from the interval of a shift.
double detectable_change(const Shift& shift, double confidence, double alpha);

// How wide an interval is on the scale on which `more_runs` works: logarithms of ratios.
double log_change(const Shift& shift, double change);

// About how many more runs of each side would tell whether the change is at least `threshold`; at least 1. 0
// where the interval has no ends, which says nothing.
double more_runs(const Shift& shift, double n1, double n2, double threshold);

}  // namespace bench
