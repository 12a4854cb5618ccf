#include "stats/benchmath/rates.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <vector>

#include "stats/benchmath/shift.h"

namespace bench {
namespace {

constexpr double kKnown = 1e6;  // degrees of freedom of a variance that is known
constexpr int kRounds = 20;     // of a fit, each weighted by the one before

struct Side {
  double runs = 0;
  double mean = 0;
  double variance = 0;  // of the mean, by sampling alone
  double spread = 0;    // of the mean, by the differences between runs
};

Side side_of(std::span<const Sampled> runs, double sampling) {
  Side side;
  side.runs = static_cast<double>(runs.size());
  for (const Sampled& run : runs) {
    side.mean += run.value / side.runs;
    side.variance += sampling * run.variance / (side.runs * side.runs);
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
Interval score_interval(double count, double event, double z) {
  const double middle = count + z * z / 2, half = z * std::sqrt(count + z * z / 4);
  return {event * std::max(0.0, middle - half), event * (middle + half)};
}

// P(X >= count) of a binomial of `all` trials, which need not be whole.
double upper_tail(double count, double all, double probability) {
  return count <= 0 ? 1 : boost::math::ibeta(count, all - count + 1, probability);
}

// Both sides as counts of events, each event adding `unit` to its side's mean.
struct Counts {
  double unit1, unit2;
  double count1, count2;
  double all() const { return count1 + count2; }
  double share() const { return unit1 / (unit1 + unit2); }  // of all, on the second side, if nothing changed
};

// Unchanged, both sides have events of the same weights, so that these are of both together: a heavy event
// that one side alone happened to see would else make light ones of the other's.
Counts counts_of(const Side& first, const Side& second, double event1, double event2) {
  const double variance =
      first.variance * first.runs * first.runs + second.variance * second.runs * second.runs;
  const double usual = first.mean * first.runs * event1 + second.mean * second.runs * event2;
  const double weight = usual > 0 && variance > 0 ? variance / usual : 1;
  const double unit1 = weight * event1 / first.runs, unit2 = weight * event2 / second.runs;
  // Where a base was subtracted a mean may be negative.
  return {unit1, unit2, std::max(0.0, first.mean / unit1), std::max(0.0, second.mean / unit2)};
}

// Whether the least likely split of the events over the sides has p <= alpha.
bool is_testable(const Counts& counts, double alpha) {
  const double share = counts.share();
  return 2 * std::pow(std::min(share, 1 - share), counts.all()) <= alpha;
}

RateChange by_counts(const Side& first, const Side& second, const Counts& counts, double alpha) {
  RateChange change{first.mean, second.mean, 0, 0, 1, false};
  if (counts.all() > 0) {
    change.p = std::min(1.0, 2 * std::min(upper_tail(counts.count2, counts.all(), counts.share()),
                                          upper_tail(counts.count1, counts.all(), 1 - counts.share())));
  }
  const double z = -normal_quantile(alpha / 2);
  const Interval one = score_interval(counts.count1, counts.unit1, z);
  const Interval two = score_interval(counts.count2, counts.unit2, z);
  const double delta = second.mean - first.mean;
  change.lo = delta - std::hypot(second.mean - two.lo, one.hi - first.mean);
  change.hi = delta + std::hypot(two.hi - second.mean, first.mean - one.lo);
  return change;
}

RateChange by_runs(const Side& first, const Side& second, double relative, double alpha) {
  RateChange change{first.mean, second.mean, 0, 0, 1, false};
  const double delta = second.mean - first.mean;
  const auto expected = [&](const Side& side) {
    return side.variance + relative * side.mean * side.mean / side.runs;
  };
  const double square = std::max(first.spread + second.spread, expected(first) + expected(second));
  change.lo = change.hi = delta;
  if (square == 0) {
    change.p = delta == 0 ? 1 : 0;
    return change;
  }
  // Satterthwaite's degrees of freedom: what is expected is known, and only the spread is uncertain.
  const double uncertain =
      first.spread * first.spread / (first.runs - 1) + second.spread * second.spread / (second.runs - 1);
  const double fewest = std::min(first.runs, second.runs) - 1;
  const double degrees = uncertain > 0 ? square * square / uncertain : kKnown;
  const boost::math::students_t distribution(std::clamp(degrees, fewest, kKnown));
  const double error = std::sqrt(square);
  const double reach = boost::math::quantile(distribution, 1 - alpha / 2) * error;
  change.lo -= reach;
  change.hi += reach;
  change.p = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(delta) / error));
  return change;
}

// What the runs of one side tell of how runs vary.
struct Observed {
  double variance;  // between the runs
  double sampling;  // variance of one, by sampling
  double square;    // of the mean
  double expected(const Variation& variation) const {
    return variation.sampling * sampling + variation.relative * square;
  }
};

// The error of a variance is about itself, and larger where few events are: their weights differ.
double weight_of(const Observed& one, const Variation& variation) {
  const double expected = one.expected(variation), events = one.square / expected;
  return events / (1 + events) / (expected * expected);
}

// Least squares, neither part negative.
Variation fit(std::span<const Observed> all, const Variation& weighting) {
  double ss = 0, sq = 0, qq = 0, sv = 0, qv = 0;
  for (const Observed& one : all) {
    const double weight = weight_of(one, weighting);
    ss += weight * one.sampling * one.sampling;
    sq += weight * one.sampling * one.square;
    qq += weight * one.square * one.square;
    sv += weight * one.sampling * one.variance;
    qv += weight * one.square * one.variance;
  }
  const double determinant = ss * qq - sq * sq;
  const double sampling = determinant > 0 ? (sv * qq - qv * sq) / determinant : -1;
  const double relative = determinant > 0 ? (qv * ss - sv * sq) / determinant : -1;
  if (relative < 0) return {std::max(1.0, sv / ss), 0};
  if (sampling < 1) return {1, std::max(0.0, (qv - sq) / qq)};
  return {sampling, relative};
}

}  // namespace

Variation run_variation(std::span<const Runs> amounts, bool is_sampling_known) {
  std::vector<Observed> all;
  Observed sum{};
  for (const Runs& runs : amounts) {
    for (const auto side : {runs.first, runs.second}) {
      if (side.size() < 2) continue;
      const Side one = side_of(side, 1);
      if (one.mean == 0 || one.variance == 0) continue;
      all.push_back({one.spread * one.runs, one.variance * one.runs, one.mean * one.mean});
      sum.variance += all.back().variance;
      sum.sampling += all.back().sampling;
      sum.square += all.back().square;
    }
  }
  if (all.empty()) return {};
  if (is_sampling_known) return {1, std::max(0.0, (sum.variance - sum.sampling) / sum.square)};
  Variation variation{std::max(1.0, sum.variance / sum.sampling), 0};
  for (int round = 0; round < kRounds; round++) variation = fit(all, variation);
  return variation;
}

RateChange compare_rates(const Runs& runs, const Variation& variation, double alpha) {
  const Side one = side_of(runs.first, variation.sampling), two = side_of(runs.second, variation.sampling);
  const Counts counts = counts_of(one, two, runs.first_event, runs.second_event);
  RateChange change = one.runs > 1 && two.runs > 1 ? by_runs(one, two, variation.relative, alpha)
                                                   : by_counts(one, two, counts, alpha);
  change.is_testable = is_testable(counts, alpha);
  return change;
}

}  // namespace bench
