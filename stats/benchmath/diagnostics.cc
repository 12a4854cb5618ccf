#include "stats/benchmath/diagnostics.h"

#include <algorithm>
#include <cmath>

namespace bench {
namespace {

size_t outliers(std::span<const double> sorted) {
  const size_t n = sorted.size();
  const double q1 = sorted[(n - 1) / 4], q3 = sorted[n - 1 - (n - 1) / 4];
  const double fence = 3 * (q3 - q1);
  if (!(fence > 0)) return 0;
  return static_cast<size_t>(std::count_if(
      sorted.begin(), sorted.end(), [&](double value) { return value < q1 - fence || value > q3 + fence; }));
}

// Mann-Kendall's S over its deviation: positive where later runs are larger.
double trend(std::span<const double> runs, std::span<const double> sorted) {
  double s = 0;
  for (size_t i = 0; i < runs.size(); i++) {
    for (size_t j = i + 1; j < runs.size(); j++) s += runs[j] > runs[i] ? 1 : runs[j] < runs[i] ? -1 : 0;
  }
  const auto n = static_cast<double>(runs.size());
  double variance = n * (n - 1) * (2 * n + 5);
  for (size_t i = 0; i < sorted.size();) {
    const size_t from = i;
    while (i < sorted.size() && sorted[i] == sorted[from]) i++;
    const auto t = static_cast<double>(i - from);
    variance -= t * (t - 1) * (2 * t + 5);
  }
  if (variance <= 0) return 0;
  const double distance = std::max(0.0, std::fabs(s) - 1) / std::sqrt(variance / 18);
  return s < 0 ? -distance : distance;
}

// The share of the variance that the best split of the sorted values in two explains, where each side is a
// quarter of them or more.
double split(std::span<const double> sorted) {
  const auto n = static_cast<double>(sorted.size());
  double sum = 0, squares = 0;
  for (const double value : sorted) sum += value - sorted.front();
  const double mean = sum / n;
  for (const double value : sorted)
    squares += (value - sorted.front() - mean) * (value - sorted.front() - mean);
  if (!(squares > 0)) return 0;
  double below = 0, best = 0;
  for (size_t i = 0; i + 1 < sorted.size(); i++) {
    below += sorted[i] - sorted.front();
    const auto left = static_cast<double>(i + 1), right = n - left;
    if (left < n / 4 || right < n / 4) continue;
    const double apart = (sum - below) / right - below / left;
    best = std::max(best, left * right / n * apart * apart / squares);
  }
  return best;
}

}  // namespace

std::vector<std::string> diagnose(std::span<const double> runs, std::span<const double> sorted, bool timing) {
  constexpr size_t kLeastForFences = 6, kLeastForShape = 8, kMostForTrend = 2000;
  std::vector<std::string> notes;
  const size_t n = sorted.size();
  if (n < kLeastForFences || !std::isfinite(sorted.front()) || !std::isfinite(sorted.back())) return notes;
  size_t distinct = 1;
  for (size_t i = 1; i < n; i++) distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
  if (distinct == 1) {
    if (timing) notes.emplace_back("identical values: a copied result, or too coarse a clock");
    return notes;
  }
  if (timing && distinct * 3 <= n) notes.emplace_back("few distinct values: the clock is coarse");
  if (const size_t far = outliers(sorted); far > 0)
    notes.emplace_back("outliers: values beyond three interquartile ranges");
  if (n < kLeastForShape) return notes;
  constexpr double kOneInThousand = 3.29, kAlmostAll = 0.95;
  if (n <= kMostForTrend) {
    const double drift = trend(runs, sorted);
    if (drift > kOneInThousand) notes.emplace_back("trend: values rise over the runs");
    if (drift < -kOneInThousand) notes.emplace_back("trend: values fall over the runs");
  }
  if (distinct > 3 && split(sorted) > kAlmostAll)
    notes.emplace_back("two modes: values fall into two groups");
  return notes;
}

}  // namespace bench
