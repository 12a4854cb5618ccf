// Wilcoxon's signed rank test on pairs of runs, and the shift that belongs to it: what two samples say where
// the i-th run of one was made beside the i-th run of the other, so that both had the same machine.
// (Wilcoxon 1945; zeros as Pratt 1959; the pseudo-median as Hodges and Lehmann 1963.)
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "stats/benchmath/shift.h"

namespace bench {

// What is compared: for each pair the logarithm of second over first where all values are > 0 and finite,
// else second minus first. Equal ratios give equal magnitudes, whatever their sign: ties stay ties.
// REQUIRES: both have the same number of values, in the order of the runs.
struct PairedDifferences {
  std::vector<double> values;  // in the order of the pairs
  bool logarithmic = true;
  std::vector<double> rounding;  // of each: magnitudes so near to each other may be the same
};
PairedDifferences paired_differences(std::span<const double> first, std::span<const double> second);

// A magnitude and the next larger one are ties where they differ by the `rounding` of either, or less.
// Without `rounding` only equal ones are.
struct SignedRankTest {
  double w = 0;            // the sum of the mid-ranks of |difference| where the difference is > 0
  double p = 1;            // two-sided: min(1, 2 min(P(W <= w), P(W >= w)))
  bool all_equal = false;  // no difference but 0: p is 1 and means nothing
  bool extreme = false;    // all differences but zeros have one sign: p is as small as it can be
};

// Zeros take part in the ranking and are then left out (Pratt). The distribution is exact, given the ties and
// zeros, for up to kExactPairs differences: O(n^3); beyond it is the normal approximation with corrections
// for ties and continuity.
constexpr size_t kExactPairs = 50;
SignedRankTest signed_rank(std::span<const double> differences, std::span<const double> rounding = {});

// The smallest p that n pairs can have.
double smallest_paired_p(size_t n);

// The smallest n for which n pairs can have p <= alpha at all: 0 where it is above 50.
int pairs_for_difference(double alpha);

// The pseudo-median of the differences (the median of the means of any two of them, and of each alone), with
// the interval that inverts the test: it holds 0 exactly where p > 1 - confidence, but for ties and zeros.
// `cliff` is the share of pairs that rise less that of those that fall. O(n^2) up to 1000 pairs, beyond
// O(n log).
Shift estimate_paired_shift(std::span<const double> first, std::span<const double> second, double confidence,
                            double alpha);

}  // namespace bench
