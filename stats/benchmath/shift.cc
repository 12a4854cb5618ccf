#include "stats/benchmath/shift.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "stats/benchmath/median.h"
#include "stats/benchmath/u_distribution.h"

namespace bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kPairsHeld = 1 << 20;

// The sorted differences second[j] - first[i]: by number, without making them where they are too many.
class Differences {
 public:
  Differences(std::vector<double> first, std::vector<double> second)
      : first_(std::move(first)), second_(std::move(second)) {
    if (count() > kPairsHeld) return;
    held_.reserve(static_cast<size_t>(count()));
    for (const double b : second_) {
      for (const double a : first_) held_.push_back(b - a);
    }
    std::sort(held_.begin(), held_.end());
  }

  double count() const { return static_cast<double>(first_.size()) * static_cast<double>(second_.size()); }

  // 1-based.
  double at(double rank) const {
    if (!held_.empty()) return held_[static_cast<size_t>(rank) - 1];
    double lo = second_.front() - first_.back(), hi = second_.back() - first_.front();
    while (true) {
      const double middle = lo + (hi - lo) / 2;
      if (middle <= lo || middle >= hi) return up_to(lo) >= rank ? lo : hi;
      (up_to(middle) >= rank ? hi : lo) = middle;
    }
  }

  double median() const {
    const double n = count();
    const double upper = std::floor(n / 2) + 1;
    return std::fmod(n, 2) == 1 ? at(upper) : (at(upper - 1) + at(upper)) / 2;
  }

  // Pairs above zero minus pairs below, over all.
  double dominance() const {
    double above = 0, below = 0;
    size_t i = 0, j = 0;
    for (const double b : second_) {
      while (i < first_.size() && first_[i] < b) i++;
      while (j < first_.size() && first_[j] <= b) j++;
      above += static_cast<double>(i);
      below += static_cast<double>(first_.size() - j);
    }
    return (above - below) / count();
  }

 private:
  double up_to(double limit) const {
    double pairs = 0;
    size_t i = first_.size();
    // Differences fall as `first` grows; a larger b needs a larger a.
    for (size_t j = second_.size(); j-- > 0;) {
      while (i > 0 && second_[j] - first_[i - 1] <= limit) i--;
      pairs += static_cast<double>(first_.size() - i);
    }
    return pairs;
  }

  std::vector<double> first_, second_, held_;
};

}  // namespace

double normal_quantile(double probability) {
  if (probability <= 0) return -kInfinity;
  if (probability >= 1) return kInfinity;
  return -M_SQRT2 * boost::math::erfc_inv(2 * probability);
}

Shift estimate_shift(std::span<const double> first, std::span<const double> second, double confidence,
                     double alpha) {
  Shift shift;
  shift.logarithmic =
      first.front() > 0 && second.front() > 0 && std::isfinite(first.back()) && std::isfinite(second.back());
  const double scale = shift.logarithmic ? 1 : std::fabs(median(first));
  const auto take = [&](std::span<const double> sample) {
    std::vector<double> values(sample.begin(), sample.end());
    if (shift.logarithmic) {
      for (double& value : values) value = std::log(value);
    }
    return values;
  };
  const Differences differences(take(first), take(second));
  const auto change = [&](double difference) {
    if (shift.logarithmic) return std::expm1(difference);
    return difference == 0 ? 0 : difference / scale;
  };
  shift.estimate = change(differences.median());
  shift.cliff = differences.dominance();
  const auto n1 = static_cast<double>(first.size()), n2 = static_cast<double>(second.size());
  const auto interval = [&](double level, double& lo, double& hi) {
    const double rank = critical_rank(n1, n2, (1 - level) / 2);
    lo = rank >= 1 ? change(differences.at(rank)) : -kInfinity;
    hi = rank >= 1 ? change(differences.at(differences.count() + 1 - rank)) : kInfinity;
  };
  interval(confidence, shift.lo, shift.hi);
  interval(1 - 2 * alpha, shift.equal_lo, shift.equal_hi);
  shift.detectable = detectable_change(shift, confidence, alpha);
  bound_fall(shift, std::min(first.front(), second.front()));
  return shift;
}

void bound_fall(Shift& shift, double least) {
  if (shift.logarithmic || least < 0) return;
  for (double* change : {&shift.estimate, &shift.lo, &shift.hi, &shift.equal_lo, &shift.equal_hi}) {
    if (std::isfinite(*change)) *change = std::max(*change, -1.0);  // no interval stays none
  }
}

double detectable_change(const Shift& shift, double confidence, double alpha) {
  // The interval is 2 z(confidence) deviations wide; power 0.8 at alpha takes z(alpha / 2) + z(0.2) of them.
  // Of lower tails, as everywhere: 1 - alpha / 2 is 1 where alpha is tiny, as at the first of many looks.
  const double half = (log_change(shift, shift.hi) - log_change(shift, shift.lo)) / 2;
  const bool finite = std::isfinite(half) && confidence > 0 && confidence < 1 && alpha > 0 && alpha < 1;
  const double detectable = finite ? half / normal_quantile((1 - confidence) / 2) *
                                         (normal_quantile(alpha / 2) + normal_quantile(0.2))
                                   : kInfinity;
  return shift.logarithmic ? std::expm1(detectable) : detectable;
}

double log_change(const Shift& shift, double change) {
  return shift.logarithmic && std::isfinite(change) ? std::log1p(change) : change;
}

double more_runs(const Shift& shift, double n1, double n2, double threshold) {
  const double n = 2 / (1 / n1 + 1 / n2);
  const double half = (log_change(shift, shift.equal_hi) - log_change(shift, shift.equal_lo)) / 2;
  if (!std::isfinite(half)) return 0;
  // What is left between the estimate and the threshold is what the interval must fit into.
  const double room = std::fabs(std::log1p(threshold) - std::fabs(log_change(shift, shift.estimate)));
  if (room <= 0) return kInfinity;
  return std::max(1.0, std::ceil(n * (half / room) * (half / room) - n));
}

}  // namespace bench
