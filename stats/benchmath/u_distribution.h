// The distribution of Mann-Whitney's U where no values are tied: what the test and the interval that inverts
// it share. (Mann and Whitney 1947, the recurrence of their section 4.)
#pragma once

#include <vector>

namespace bench {

// P(U <= u) for u = 0 ... floor(n1 n2 / 2); the other half is its mirror. Made once for each pair of sizes
// and thread, O((n1 n2)^2), and valid until the thread ends. REQUIRES: 1 <= n1, n2 <= kExactSize.
constexpr int kExactSize = 50;
const std::vector<double>& u_distribution(int n1, int n2);

// The largest k for which P(U < k) <= tail, 0 where there is none: of the n1 n2 sorted differences the k-th
// from either end bounds an interval of confidence 1 - 2 tail. Beyond kExactSize from the normal
// approximation with continuity correction.
double critical_rank(double n1, double n2, double tail);

}  // namespace bench
