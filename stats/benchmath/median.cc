#include "stats/benchmath/median.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>

#include "stats/benchmath/real.h"

namespace bench {
namespace {

constexpr int kExactLimit = 30;

// Above 20 the coefficient comes from log-gamma, whose rounding makes masses unequal that are equal by
// symmetry; that decides ties at n = 24 and 26, where benchstat's intervals are not centred: part of what it
// computes, so kept.
double binomial_half(int n, int k) {
  if (k < 0 || k > n) return 0;
  constexpr int kIntegerLimit = 20;
  double choose = 1;
  if (n <= kIntegerLimit) {
    for (int i = 1; i <= std::min(k, n - k); i++) choose = choose * (n - i + 1) / i;
  } else if (k != 0 && k != n) {
    choose = exp_portable(log_factorial(n) - log_factorial(k) - log_factorial(n - k));
  }
  return choose * std::ldexp(1.0, -n);
}

MedianInterval exact_interval(int n, double confidence) {
  MedianInterval result;
  const int middle = static_cast<int>(std::ceil((n + 1) * 0.5) - 1);
  int lo = middle, hi = middle + 1;
  double mass = binomial_half(n, middle);
  double left = binomial_half(n, lo - 1), right = binomial_half(n, hi);
  result.ambiguous = right == mass;
  while (mass < confidence && (left > 0 || right > 0)) {
    result.ambiguous = left == right;
    if (left >= right) {
      mass += left;
      lo--;
      left = binomial_half(n, lo - 1);
    } else {
      mass += right;
      hi++;
      right = binomial_half(n, hi);
    }
  }
  result.lo = lo;
  result.hi = hi;
  result.confidence = mass;
  return result;
}

MedianInterval approximate_interval(int n, double confidence) {
  const double mean = n * 0.5, deviation = std::sqrt(n * 0.25);
  const auto cdf = [&](double x) { return 0.5 * std::erfc((mean - x) / (deviation * M_SQRT2)); };
  const double quantile = -M_SQRT2 * boost::math::erfc_inv(1 - confidence);
  const double left = mean + quantile * deviation, right = 2 * mean - left;
  // Bin k of the binomial is [k - 0.5, k + 0.5] of the normal distribution: round outwards to such bounds.
  MedianInterval result;
  result.lo = static_cast<int>(std::floor(left - 0.5)) + 1;
  result.hi = static_cast<int>(std::ceil(right - 0.5)) + 1;
  const auto mass = [&](int lo, int hi) { return cdf(hi - 0.5) - cdf(lo - 0.5); };
  result.confidence = mass(result.lo, result.hi);
  if (const double biased = mass(result.lo, result.hi - 1);
      biased >= confidence && biased < result.confidence) {
    result.hi--;
    result.confidence = biased;
    result.ambiguous = true;
  }
  if (result.lo <= 0 && result.hi >= n + 1) {
    result.confidence = 1;
    result.ambiguous = false;
  }
  return result;
}

}  // namespace

double median(std::span<const double> sorted) {
  const auto size = static_cast<double>(sorted.size());
  const double position = 1 / 3.0 + 0.5 * (size + 1 / 3.0);
  const double below = std::trunc(position), fraction = position - below;
  const auto k = static_cast<size_t>(below);
  if (k == 0) return sorted.front();
  if (k >= sorted.size()) return sorted.back();
  const double lower = sorted[k - 1], upper = sorted[k];
  // There is no way along to an infinite value: inf - inf and 0 * inf are no numbers.
  if (std::isinf(lower) || std::isinf(upper))
    return sorted.size() % 2 == 1 ? sorted[sorted.size() / 2] : lower + upper;
  return lower + fraction * (upper - lower);
}

MedianInterval median_interval(int n, double confidence) {
  if (confidence >= 1) return {0, n + 1, 1, false};
  // Most samples of a run have one size.
  struct Made {
    int n = 0;
    double confidence = 0;
    MedianInterval interval;
  };
  thread_local Made made;
  if (made.n == n && made.confidence == confidence) return made.interval;
  MedianInterval result =
      n <= kExactLimit ? exact_interval(n, confidence) : approximate_interval(n, confidence);
  result.lo = std::max(result.lo, 0);
  result.hi = std::min(result.hi, n + 1);
  made = {n, confidence, result};
  return result;
}

int samples_for_interval(double confidence) {
  constexpr int kLargest = 50;
  for (int n = 2; n <= kLargest; n++) {
    const MedianInterval interval = median_interval(n, confidence);
    if (interval.lo > 0 && interval.hi <= n) return n;
  }
  return 0;
}

}  // namespace bench
