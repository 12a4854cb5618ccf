// The Mann-Whitney U-test: could two samples be from the same distribution? (Mann and Whitney 1947.)
#pragma once

#include <cstddef>
#include <span>

namespace bench {

struct UTest {
  double u = 0;            // pairs in which the first sample's value is larger, ties counting one half
  double p = 1;            // two-sided: min(1, 2 min(P(U <= u), P(U >= u)))
  bool all_equal = false;  // no value differs from another: p is 1 and means nothing
  bool extreme = false;    // all values of one sample are above all of the other: p is as small as it can be
};

// Both samples sorted, not empty, without NaN. The exact distribution given the ties while both have at most
// 25 values (50 where there are no ties), else the normal approximation with tie and continuity corrections.
// Exact: O(n1 n2 N) additions per value of a tie group.
UTest mann_whitney(std::span<const double> first, std::span<const double> second);

// The smallest p that samples of these sizes can have, without ties: by the approximation where that is used.
double smallest_p(size_t n1, size_t n2);

// The smallest n for which two samples of n can have p <= alpha at all: 0 where it is above 9.
int samples_for_difference(double alpha);

}  // namespace bench
