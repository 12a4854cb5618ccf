#include "stats/benchmath/spending.h"

#include <cmath>

#include "stats/benchmath/shift.h"

namespace bench {
namespace {

constexpr size_t kGrid = 401;  // odd: Simpson's rule; levels are exact to about 1e-6

double upper_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }
double bell(double x, double variance) {
  return std::exp(-x * x / (2 * variance)) / std::sqrt(2 * M_PI * variance);
}

}  // namespace

double AlphaSpending::spent(double share) const {
  return 4 * upper_tail(-normal_quantile(alpha_ / 4) / std::sqrt(share));
}

double AlphaSpending::next(double share) {
  const double step = share - last_share_, wanted = spent(share) - last_spent_;
  const double deviation = std::sqrt(step);
  const auto weight = [&](size_t i) {  // of Simpson's rule
    const double h = at_[1] - at_[0];
    return h / 3 * (i == 0 || i + 1 == kGrid ? 1 : i % 2 == 1 ? 4 : 2);
  };
  // The chance to be outside of (-bound, bound) at this look, and inside at all before.
  const auto crossing = [&](double bound) {
    if (at_.empty()) return 2 * upper_tail(bound / deviation);
    double sum = 0;
    for (size_t i = 0; i < kGrid; i++) {
      sum += weight(i) * density_[i] *
             (upper_tail((bound - at_[i]) / deviation) + upper_tail((bound + at_[i]) / deviation));
    }
    return sum;
  };
  double lo = 0, hi = 10 * std::sqrt(share);
  for (int i = 0; i < 60; i++) {
    const double middle = (lo + hi) / 2;
    (crossing(middle) > wanted ? lo : hi) = middle;
  }
  const double bound = (lo + hi) / 2;
  std::vector<double> at(kGrid), density(kGrid);
  for (size_t k = 0; k < kGrid; k++) {
    at[k] = bound * (2 * static_cast<double>(k) / (kGrid - 1) - 1);
    if (at_.empty()) {
      density[k] = bell(at[k], step);
      continue;
    }
    for (size_t i = 0; i < kGrid; i++) density[k] += weight(i) * density_[i] * bell(at[k] - at_[i], step);
  }
  at_ = std::move(at);
  density_ = std::move(density);
  last_share_ = share;
  last_spent_ = spent(share);
  return 2 * upper_tail(bound / std::sqrt(share));
}

}  // namespace bench
