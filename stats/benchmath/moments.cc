#include "stats/benchmath/moments.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double square(double x) { return x * x; }

// Of the difference of two estimates with these variances (Welch and Satterthwaite).
double degrees(double v1, double n1, double v2, double n2) {
  const double share = v1 / (v1 + v2);  // squares of variances are 0 where these are small
  return 1 / (square(share) / (n1 - 1) + square(1 - share) / (n2 - 1));
}

// The t that is exceeded with probability `tail`; infinite where it is past all numbers.
double upper_quantile(double degrees_of_freedom, double tail) {
  using boost::math::policies::ignore_error;
  using Infinite = boost::math::policies::policy<boost::math::policies::overflow_error<ignore_error>>;
  const boost::math::students_t_distribution<double, Infinite> t(degrees_of_freedom);
  return boost::math::quantile(boost::math::complement(t, tail));
}

bool usable(const Moments& m) { return m.size >= 2 && std::isfinite(m.mean) && std::isfinite(m.deviation); }

}  // namespace

Moments Moments::of(std::span<const double> sample) {
  Moments all;
  for (const double value : sample) all = all + Moments{value, 0, 1};
  all.of_runs = true;
  return all;
}

Moments Moments::operator+(const Moments& other) const {
  if (size == 0) return other;
  if (other.size == 0) return *this;
  const double n = size + other.size, apart = other.mean - mean;
  const double squares = square(deviation) * (size - 1) + square(other.deviation) * (other.size - 1) +
                         square(apart) * size * other.size / n;
  return {mean + apart * other.size / n, std::sqrt(squares / (n - 1)), n};
}

Summary summarize(const Moments& sample, const Options& options) {
  Summary summary{sample.mean, -kInfinity, kInfinity, {}};
  if (usable(sample) && options.confidence > 0 && options.confidence < 1) {
    const double half = upper_quantile(sample.size - 1, (1 - options.confidence) / 2) * sample.deviation /
                        std::sqrt(sample.size);
    summary.lo = sample.mean - half;
    summary.hi = sample.mean + half;
  }
  summary.warnings.push_back(sample.of_runs
                                 ? "mean and t-interval: other inputs of the row have summaries, not runs"
                                 : "mean and t-interval: the input has summaries, not runs");
  return summary;
}

Comparison compare(const Moments& first, const Moments& second, const Options& options) {
  Comparison comparison{
      1, static_cast<size_t>(first.size), static_cast<size_t>(second.size), options.alpha, {}};
  comparison.warnings.push_back("Welch's test, from mean and standard deviation");
  if (!usable(first) || !usable(second)) return comparison;
  const double v1 = square(first.deviation) / first.size, v2 = square(second.deviation) / second.size;
  const double apart = std::fabs(first.mean - second.mean);
  if (v1 + v2 == 0) {
    comparison.p = apart == 0 ? 1 : std::numeric_limits<double>::min();
    return comparison;
  }
  const boost::math::students_t t(degrees(v1, first.size, v2, second.size));
  const double p = 2 * boost::math::cdf(boost::math::complement(t, apart / std::sqrt(v1 + v2)));
  comparison.p = std::max(p, std::numeric_limits<double>::min());  // 0 would be: nothing was tested
  return comparison;
}

Shift estimate_shift(const Moments& first, const Moments& second, double confidence, double alpha) {
  Shift shift;
  shift.logarithmic = first.mean > 0 && second.mean > 0;
  shift.lo = shift.equal_lo = -kInfinity;
  shift.hi = shift.equal_hi = shift.detectable = kInfinity;
  const double scale = shift.logarithmic ? 1 : std::fabs(first.mean);
  const double apart =
      shift.logarithmic ? std::log(second.mean / first.mean) : (second.mean - first.mean) / scale;
  const auto change = [&](double x) { return shift.logarithmic ? std::expm1(x) : x; };
  shift.estimate = change(apart);
  if (!usable(first) || !usable(second)) return shift;
  const auto variance = [&](const Moments& m) {
    return square(m.deviation / (shift.logarithmic ? m.mean : scale)) / m.size;
  };
  const double v1 = variance(first), v2 = variance(second);
  const double spread = std::hypot(first.deviation, second.deviation);
  shift.cliff = spread > 0 ? std::erf((second.mean - first.mean) / spread / M_SQRT2) : 0;
  if (!(v1 + v2 > 0) || !std::isfinite(v1 + v2)) {
    shift.lo = shift.hi = shift.equal_lo = shift.equal_hi = shift.estimate;
    return shift;
  }
  const double freedom = degrees(v1, first.size, v2, second.size), error = std::sqrt(v1 + v2);
  const auto interval = [&](double level, double& lo, double& hi) {
    if (level <= 0 || level >= 1) return;
    const double half = upper_quantile(freedom, (1 - level) / 2) * error;
    lo = change(apart - half);
    hi = change(apart + half);
  };
  interval(confidence, shift.lo, shift.hi);
  interval(1 - 2 * alpha, shift.equal_lo, shift.equal_hi);
  if (alpha > 0 && alpha < 1)
    shift.detectable = change((upper_quantile(freedom, alpha / 2) + upper_quantile(freedom, 0.2)) * error);
  return shift;
}

}  // namespace bench
