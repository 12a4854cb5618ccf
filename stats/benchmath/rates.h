// Amounts estimated by sampling: has the amount changed, or does only the sampling differ? What a profiler
// estimates is a Poisson count times the weight of one event, or a sum of such: its variance is known from
// one run. With several runs a side, the variance between runs is measured, and never taken for less.
#pragma once

#include <span>

namespace bench {

// An estimate of one run. variance / value is the weight of an event.
struct Sampled {
  double value = 0;
  double variance = 0;  // by sampling alone
};

struct RateChange {
  double first = 0, second = 0;  // means of the runs of each side
  double lo = 0, hi = 0;         // interval of second - first
  double p = 1;                  // of no change, two-sided
  // False where so few events were seen that no split of them over the two sides could have p <= alpha: such
  // a test tells nothing, and is not one of the many that are corrected for (Tarone 1990).
  bool is_testable = false;
};

// Both sides have at least one run. `event`: the weight of one event where a side has seen none, > 0.
// One run on a side: the conditional exact test of two Poisson rates (Przyborowski and Wilenski 1940), sums
// of unlike events by their effective number value^2 / variance (Fay and Feuer 1997), and the interval that
// joins the score intervals of both (Zou and Donner 2008). Else Welch's t-test and interval.
RateChange compare_rates(std::span<const Sampled> first, std::span<const Sampled> second, double event,
                         double confidence, double alpha);

}  // namespace bench
