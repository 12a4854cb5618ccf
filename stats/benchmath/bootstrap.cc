#include "stats/benchmath/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "stats/benchmath/mann_whitney.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr size_t kResamples = 1999;  // of intervals, and of most p
// Of p where fewer all agree: a correction for many tests asks for more.
constexpr size_t kMostResamples = 19999;
static_assert(kLeastQuantileP == 2.0 / (kMostResamples + 1));
constexpr uint64_t kSeed = 20;

// Where a quantile lies among sorted values: `fraction` of the way from the `rank`-th, from 1, to the next.
struct Place {
  size_t rank;
  double fraction;
};
Place place_of(double q, size_t size) {
  const double position = 1 / 3.0 + q * (static_cast<double>(size) + 1 / 3.0);
  if (position < 1) return {1, 0};
  const double below = std::trunc(position);
  const auto rank = static_cast<size_t>(below);
  return rank >= size ? Place{size, 0} : Place{rank, position - below};
}

// Quantiles of resamples of a sorted sample, in the order in which they are drawn. A resample of few is drawn
// as the ranks of its values, which are then sorted by counting. Of many only the two values that matter are
// drawn, from the same distribution: ranks are uniform, and of uniform numbers the k-th is Beta(k, n + 1 -
// k), the next one the least of the n - k that are left above it.
class Resampler {
 public:
  Resampler(std::span<const double> sorted, double q, uint64_t seed)
      : sorted_(sorted), q_(q), place_(place_of(q, sorted.size())), random_(seed) {
    if (!is_large()) counts_.resize(sorted.size());
  }

  double next() { return is_large() ? next_of_many() : next_of_few(); }

 private:
  static constexpr size_t kMany = 10000;
  bool is_large() const { return sorted_.size() > kMany; }

  double next_of_few() {
    std::fill(counts_.begin(), counts_.end(), 0);
    for (size_t i = 0; i < sorted_.size(); i++) counts_[random_() % sorted_.size()]++;
    values_.clear();
    for (size_t i = 0; i < sorted_.size(); i++) values_.insert(values_.end(), counts_[i], sorted_[i]);
    return quantile(values_, q_);
  }

  double next_of_many() {
    const auto above = static_cast<double>(sorted_.size() - place_.rank);
    const double x = std::gamma_distribution<>(static_cast<double>(place_.rank))(random_),
                 y = std::gamma_distribution<>(above + 1)(random_), lower = x / (x + y);
    const double value = at(lower);
    if (place_.fraction == 0) return value;
    const double uniform = std::uniform_real_distribution<>()(random_);
    const double next = at(1 - (1 - lower) * std::pow(uniform, 1 / above));
    return value == next ? value : value + place_.fraction * (next - value);
  }
  double at(double share) const {
    const auto rank = static_cast<size_t>(share * static_cast<double>(sorted_.size()));
    return sorted_[std::min(rank, sorted_.size() - 1)];
  }

  std::span<const double> sorted_;
  double q_;
  Place place_;
  std::mt19937_64 random_;
  std::vector<size_t> counts_;
  std::vector<double> values_;
};

// [lo, hi] of the confidence, of values that are sorted here: ranks are chosen so that with kResamples and
// level alpha, alpha (kResamples + 1) / 2 of them are on each side.
struct Interval {
  double lo, hi;
};
Interval interval_of(const std::vector<double>& sorted, double confidence) {
  const double out = (1 - confidence) / 2 * static_cast<double>(sorted.size() + 1);
  const auto k = static_cast<size_t>(std::max(1.0, std::floor(out + 1e-9)));
  return {sorted[k - 1], sorted[sorted.size() - k]};
}

// Changes from one resample to the other; ratios minus one, or differences.
class Changes {
 public:
  Changes(std::span<const double> first, std::span<const double> second, double q, bool ratios)
      : one_(first, q, kSeed), two_(second, q, kSeed + 1), ratios_(ratios) {}

  double next() {
    const double before = one_.next(), now = two_.next();
    return ratios_ ? now / before - 1 : now - before;
  }

 private:
  Resampler one_, two_;
  bool ratios_;
};

bool all_positive(std::span<const double> first, std::span<const double> second) {
  return first.front() > 0 && second.front() > 0;
}

}  // namespace

double quantile(std::span<const double> sorted, double q) {
  const auto [rank, fraction] = place_of(q, sorted.size());
  if (fraction == 0) return sorted[rank - 1];
  return sorted[rank - 1] + fraction * (sorted[rank] - sorted[rank - 1]);
}

size_t samples_for_quantile(double q) {
  constexpr double kOutside = 5;
  return static_cast<size_t>(std::ceil(kOutside / std::min(q, 1 - q) - 1e-9));
}

Summary summarize_quantile(std::span<const double> sample, double q, const Options& options) {
  Resampler resampler(sample, q, kSeed);
  std::vector<double> found;
  for (size_t i = 0; i < kResamples; i++) found.push_back(resampler.next());
  std::sort(found.begin(), found.end());
  const Interval interval = interval_of(found, options.confidence);
  Summary summary{quantile(sample, q), interval.lo, interval.hi, {}};
  summary.warnings.push_back("quantile " + format_shortest(q) + " rather than the median; bootstrap");
  if (sample.size() < samples_for_quantile(q)) {
    summary.warnings.push_back("need >= " + std::to_string(samples_for_quantile(q)) +
                               " samples for quantile " + format_shortest(q));
  }
  return summary;
}

Comparison compare_quantiles(std::span<const double> first, std::span<const double> second, double q,
                             const Options& options) {
  Comparison comparison{1, first.size(), second.size(), options.alpha, {}};
  Changes changes(first, second, q, false);
  size_t made = 0, below = 0, above = 0;  // resamples without a change count for both sides
  const auto resample_until = [&](size_t count) {
    for (; made < count; made++) {
      const double change = changes.next();
      below += change <= 0 ? 1 : 0;
      above += change >= 0 ? 1 : 0;
    }
    return std::min(1.0, 2 * static_cast<double>(std::min(below, above) + 1) / static_cast<double>(made + 1));
  };
  comparison.p = resample_until(kResamples);
  comparison.extreme = std::min(below, above) == 0;
  if (comparison.extreme) comparison.p = std::min(comparison.p, resample_until(kMostResamples));
  comparison.p = std::max(comparison.p, smallest_p(first.size(), second.size()));
  return comparison;
}

Shift estimate_quantile_shift(std::span<const double> first, std::span<const double> second, double q,
                              const Options& options) {
  Shift shift;
  shift.logarithmic = all_positive(first, second);
  const double before = quantile(first, q), now = quantile(second, q);
  Changes changes(first, second, q, shift.logarithmic);
  std::vector<double> found(kResamples);
  for (double& change : found) change = changes.next();
  std::sort(found.begin(), found.end());
  // Where there is nothing to divide by, a change has no size.
  const double scale = shift.logarithmic ? 1 : std::fabs(before);
  const auto relative = [&](double change) {
    return change == 0 ? 0 : scale != 0 ? change / scale : std::copysign(HUGE_VAL, change);
  };
  shift.estimate = shift.logarithmic ? now / before - 1 : relative(now - before);
  const Interval outer = interval_of(found, options.confidence),
                 inner = interval_of(found, 1 - 2 * options.alpha);
  shift.lo = relative(outer.lo);
  shift.hi = relative(outer.hi);
  shift.equal_lo = relative(inner.lo);
  shift.equal_hi = relative(inner.hi);
  double sum = 0;
  for (const double value : first) {
    const auto [lower, upper] = std::equal_range(second.begin(), second.end(), value);
    sum += static_cast<double>(second.end() - upper) - static_cast<double>(lower - second.begin());
  }
  shift.cliff = sum / (static_cast<double>(first.size()) * static_cast<double>(second.size()));
  shift.detectable = detectable_change(shift, options.confidence, options.alpha);
  bound_fall(shift, std::min(first.front(), second.front()));
  return shift;
}

}  // namespace bench
