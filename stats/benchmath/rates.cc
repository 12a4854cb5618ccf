#include "stats/benchmath/rates.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "stats/benchmath/shift.h"

namespace bench {
namespace {

struct Side {
  double runs = 0;
  double mean = 0;
  double variance = 0;  // of the mean, by sampling alone
  double spread = 0;    // of the mean, by the differences between runs
};

Side side_of(std::span<const Sampled> runs) {
  Side side;
  side.runs = static_cast<double>(runs.size());
  for (const Sampled& run : runs) {
    side.mean += run.value / side.runs;
    side.variance += run.variance / (side.runs * side.runs);
  }
  if (runs.size() > 1) {
    for (const Sampled& run : runs) {
      side.spread += (run.value - side.mean) * (run.value - side.mean) / (side.runs - 1) / side.runs;
    }
  }
  return side;
}

struct Interval {
  double lo, hi;
};

// Score interval of a Poisson mean: solves |count - mean| = z sqrt(mean).
Interval score_interval(double value, double event, double z) {
  const double count = value / event;
  const double middle = count + z * z / 2, half = z * std::sqrt(count + z * z / 4);
  return {event * std::max(0.0, middle - half), event * (middle + half)};
}

// P(X >= count) of a binomial of `all` trials, which need not be whole.
double upper_tail(double count, double all, double probability) {
  return count <= 0 ? 1 : boost::math::ibeta(count, all - count + 1, probability);
}

RateChange by_counts(const Side& first, const Side& second, double event, double confidence, double alpha) {
  RateChange change{first.mean, second.mean, 0, 0, 1, false};
  const auto weight = [&](const Side& side, const Side& other) {
    if (side.mean > 0 && side.variance > 0) return side.variance / side.mean;
    return other.mean > 0 && other.variance > 0 ? other.variance / other.mean : event;
  };
  const double event1 = weight(first, second), event2 = weight(second, first);
  const double count1 = first.mean / event1, count2 = second.mean / event2, all = count1 + count2;
  if (all > 0) {
    const double share = event1 / (event1 + event2);  // of the events that fall to the second side, unchanged
    change.p =
        std::min(1.0, 2 * std::min(upper_tail(count2, all, share), upper_tail(count1, all, 1 - share)));
    change.is_testable = 2 * std::pow(std::min(share, 1 - share), all) <= alpha;
  }
  const double z = normal_quantile((1 + confidence) / 2);
  const Interval one = score_interval(first.mean, event1, z), two = score_interval(second.mean, event2, z);
  const double delta = second.mean - first.mean;
  change.lo = delta - std::hypot(second.mean - two.lo, one.hi - first.mean);
  change.hi = delta + std::hypot(two.hi - second.mean, first.mean - one.lo);
  return change;
}

RateChange by_runs(const Side& first, const Side& second, double confidence) {
  RateChange change{first.mean, second.mean, 0, 0, 1, first.mean > 0 || second.mean > 0};
  const double delta = second.mean - first.mean;
  const double spread = first.spread + second.spread;
  const double error = std::sqrt(std::max(spread, first.variance + second.variance));
  change.lo = change.hi = delta;
  if (error == 0) {
    change.p = delta == 0 ? 1 : 0;
    return change;
  }
  // Welch and Satterthwaite; where the runs say nothing of themselves, the fewest degrees there may be.
  const double fewest = std::min(first.runs, second.runs) - 1;
  const double degrees = spread > 0 ? spread * spread /
                                          (first.spread * first.spread / (first.runs - 1) +
                                           second.spread * second.spread / (second.runs - 1))
                                    : fewest;
  const boost::math::students_t distribution(std::max(degrees, fewest));
  const double reach = boost::math::quantile(distribution, (1 + confidence) / 2) * error;
  change.lo -= reach;
  change.hi += reach;
  change.p = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(delta) / error));
  return change;
}

}  // namespace

RateChange compare_rates(std::span<const Sampled> first, std::span<const Sampled> second, double event,
                         double confidence, double alpha) {
  const Side one = side_of(first), two = side_of(second);
  return first.size() > 1 && second.size() > 1 ? by_runs(one, two, confidence)
                                               : by_counts(one, two, event, confidence, alpha);
}

}  // namespace bench
