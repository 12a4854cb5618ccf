#include "stats/benchmath/u_distribution.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <map>
#include <utility>

namespace bench {
namespace {

// Orders of m and n values with U = u: the largest value is of the first sample, and above all n others, or
// it is of the second.
std::vector<double> make(int m, int n) {
  const int half = m * n / 2;
  std::vector<std::vector<double>> ways(static_cast<size_t>(n) + 1);
  for (auto& row : ways) row.assign(static_cast<size_t>(half) + 1, 0);
  for (auto& row : ways) row[0] = 1;
  for (int i = 1; i <= m; i++) {
    for (int j = 1; j <= n; j++) {
      auto& now = ways[static_cast<size_t>(j)];
      const auto& fewer = ways[static_cast<size_t>(j) - 1];
      const int last = std::min(half, i * j);
      // In place, downwards: now[u - j] is still that of i - 1.
      for (int u = last; u >= 0; u--) {
        const auto at = static_cast<size_t>(u);
        now[at] = (u >= j ? now[at - static_cast<size_t>(j)] : 0) + fewer[at];
      }
    }
  }
  auto cumulative = std::move(ways.back());
  double all = 1;
  for (int k = 1; k <= std::min(m, n); k++) all = all * (m + n - k + 1) / k;
  double sum = 0;
  for (double& value : cumulative) {
    sum += value;
    value = sum / all;
  }
  return cumulative;
}

}  // namespace

const std::vector<double>& u_distribution(int n1, int n2) {
  thread_local std::map<std::pair<int, int>, std::vector<double>> made;
  thread_local std::pair<int, int> recent;
  thread_local const std::vector<double>* answer = nullptr;
  const std::pair<int, int> sizes = std::minmax(n1, n2);
  if (answer != nullptr && recent == sizes) return *answer;
  const auto [entry, added] = made.try_emplace(sizes);
  if (added) entry->second = make(sizes.first, sizes.second);
  recent = sizes;
  answer = &entry->second;
  return *answer;
}

double critical_rank(double n1, double n2, double tail) {
  if (tail >= 0.5) return std::floor((n1 * n2 + 1) / 2);
  if (n1 <= kExactSize && n2 <= kExactSize) {
    const auto& cumulative = u_distribution(static_cast<int>(n1), static_cast<int>(n2));
    // The rounding of a quotient must not decide: 0.025 is meant where 0.02500000000000001 stands.
    const auto above = std::upper_bound(cumulative.begin(), cumulative.end(), tail * (1 + 1e-12));
    return static_cast<double>(above - cumulative.begin());
  }
  if (tail <= 0) return 0;
  const double deviation = std::sqrt(n1 * n2 * (n1 + n2 + 1) / 12);
  const double quantile = M_SQRT2 * boost::math::erfc_inv(2 * tail);
  return std::max(0.0, std::floor(n1 * n2 / 2 + 0.5 - quantile * deviation));
}

}  // namespace bench
