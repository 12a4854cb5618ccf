// Amounts estimated by sampling: has the amount changed, or does only the sampling differ? What a profiler
// estimates is a Poisson count times the weight of one event, or a sum of such: its variance is known from
// one run. With several runs a side, the variance between runs is measured, too.
#pragma once

#include <span>

namespace bench {

// An estimate of one run. variance / value is the weight of an event.
struct Sampled {
  double value = 0;
  double variance = 0;  // by sampling alone; where Variation::sampling was fitted, up to that factor
};

// Of both sides; each has at least one.
struct Runs {
  std::span<const Sampled> first, second;
  // Weight of a usual event of each side, > 0. It matters by how they differ (in sampling rate), and where
  // nothing was seen.
  double first_event = 1, second_event = 1;
};

struct RateChange {
  double first = 0, second = 0;  // means of the runs of each side
  double lo = 0, hi = 0;         // interval of second - first, of confidence 1 - alpha
  double p = 1;                  // of no change, two-sided
  // False where so few events were seen that no split of them over the two sides could have p <= alpha: such
  // a test tells nothing, and is not one of the many that are corrected for (Tarone 1990).
  bool is_testable = false;
};

// By how much runs differ, as all amounts have it in common: a run's variance is
// sampling * Sampled::variance + relative * value^2.
struct Variation {
  double sampling = 1;
  double relative = 0;
};

// Two or three runs tell this of many amounts together, and of one hardly anything (the common dispersion of
// Robinson and Smyth 2008, by moments). Where the variance by sampling is known `sampling` is 1. Else it is
// fitted, too, as the weight of the events is not known: at least 1, by least squares, each amount weighted
// by how well its runs tell.
Variation run_variation(std::span<const Runs> amounts, bool is_sampling_known);

// One run on a side: the conditional exact test of two Poisson rates (Przyborowski and Wilenski 1940), sums
// of unlike events by their effective number value^2 / variance (Fay and Feuer 1997), and the interval that
// joins the score intervals of both (Zou and Donner 2008).
// Several on both: Welch's t-test and interval. The variance is never taken for less than sampling and
// `variation`, as of run_variation(), explain; that part is known, and has no degrees of freedom.
RateChange compare_rates(const Runs& runs, const Variation& variation, double alpha);

}  // namespace bench
