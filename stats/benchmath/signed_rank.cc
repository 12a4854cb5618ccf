#include "stats/benchmath/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/benchmath/median.h"

namespace bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// P(W = k) for k = 0 ... sum of `ranks`, where each rank counts or does not, with probability 1/2.
std::vector<double> distribution(const std::vector<size_t>& ranks) {
  std::vector<double> mass = {1};
  for (const size_t rank : ranks) {
    mass.resize(mass.size() + rank);
    for (size_t k = mass.size(); k-- > 0;) mass[k] = (mass[k] + (k >= rank ? mass[k - rank] : 0)) / 2;
  }
  return mass;
}

// Twice the mid-ranks of the magnitudes, whole numbers; 0 for a difference of zero.
std::vector<size_t> doubled_ranks(std::span<const double> differences, std::span<const double> rounding) {
  std::vector<size_t> order(differences.size()), ranks(differences.size(), 0);
  for (size_t i = 0; i < order.size(); i++) order[i] = i;
  const auto magnitude = [&](size_t i) { return std::fabs(differences[i]); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return magnitude(a) < magnitude(b); });
  for (size_t from = 0; from < order.size();) {
    size_t to = from + 1;
    const auto is_tied = [&] {  // infinity less itself is no number
      const double before = magnitude(order[to - 1]), next = magnitude(order[to]);
      if (next == before || before == 0 || rounding.empty()) return next == before;
      return next - before <= std::max(rounding[order[to - 1]], rounding[order[to]]);
    };
    while (to < order.size() && is_tied()) to++;
    // Ranks from + 1 ... to, whose mean is (from + 1 + to) / 2.
    if (magnitude(order[from]) != 0) {
      for (size_t i = from; i < to; i++) ranks[order[i]] = from + 1 + to;
    }
    from = to;
  }
  return ranks;
}

double exact_p(const std::vector<size_t>& ranks, size_t w) {
  const auto mass = distribution(ranks);
  double below = 0, above = 0;
  for (size_t k = 0; k < mass.size(); k++) {
    if (k <= w) below += mass[k];
    if (k >= w) above += mass[k];
  }
  return std::min(1.0, 2 * std::min(below, above));
}

double normal_p(const std::vector<size_t>& ranks, size_t w) {
  // Each rank r adds r or 0: mean r / 2, variance r^2 / 4. Ties and zeros are in the ranks already.
  double mean = 0, variance = 0;
  for (const size_t doubled : ranks) {
    const double rank = static_cast<double>(doubled) / 2;
    mean += rank / 2;
    variance += rank * rank / 4;
  }
  const double distance = std::max(0.0, std::fabs(static_cast<double>(w) / 2 - mean) - 0.5);
  return std::erfc(distance / std::sqrt(variance) * M_SQRT1_2);
}

// The largest k for which P(W < k) <= tail, without ties: of the n (n + 1) / 2 sorted means of pairs the k-th
// from either end bounds an interval of confidence 1 - 2 tail.
double critical_pair_rank(size_t n, double tail) {
  const double count = static_cast<double>(n) * static_cast<double>(n + 1) / 2;
  if (tail >= 0.5) return std::floor((count + 1) / 2);
  if (n <= kExactPairs) {
    std::vector<size_t> ranks(n);
    for (size_t i = 0; i < n; i++) ranks[i] = i + 1;
    double below = 0, k = 0;
    for (const double mass : distribution(ranks)) {
      below += mass;
      if (below > tail * (1 + 1e-12)) break;
      k++;
    }
    return k;
  }
  if (tail <= 0) return 0;
  const double deviation = std::sqrt(count * static_cast<double>(2 * n + 1) / 12);
  return std::max(0.0, std::floor(count / 2 + 0.5 + normal_quantile(tail) * deviation));
}

// The sorted means of any two differences and of each alone, by number.
class WalshAverages {
 public:
  explicit WalshAverages(std::vector<double> differences) : values_(std::move(differences)) {
    std::sort(values_.begin(), values_.end());
    constexpr size_t kMostHeld = 1000;
    if (values_.size() > kMostHeld) return;
    for (size_t i = 0; i < values_.size(); i++) {
      for (size_t j = i; j < values_.size(); j++) held_.push_back(mean(i, j));
    }
    std::sort(held_.begin(), held_.end());
  }

  double count() const {
    return static_cast<double>(values_.size()) * static_cast<double>(values_.size() + 1) / 2;
  }

  // 1-based.
  double at(double rank) const {
    if (!held_.empty()) return held_[static_cast<size_t>(rank) - 1];
    double lo = values_.front(), hi = values_.back();
    while (true) {
      const double middle = lo + (hi - lo) / 2;
      if (middle <= lo || middle >= hi) return up_to(lo) >= rank ? lo : hi;
      (up_to(middle) >= rank ? hi : lo) = middle;
    }
  }

  double median() const {
    const double n = count(), upper = std::floor(n / 2) + 1;
    return std::fmod(n, 2) == 1 ? at(upper) : (at(upper - 1) + at(upper)) / 2;
  }

 private:
  double mean(size_t i, size_t j) const { return values_[i] + (values_[j] - values_[i]) / 2; }

  double up_to(double limit) const {
    double pairs = 0;
    // A larger i leaves fewer j.
    size_t end = values_.size();
    for (size_t i = 0; i < values_.size(); i++) {
      while (end > i && mean(i, end - 1) > limit) end--;
      if (end <= i) break;
      pairs += static_cast<double>(end - i);
    }
    return pairs;
  }

  std::vector<double> values_, held_;
};

}  // namespace

PairedDifferences paired_differences(std::span<const double> first, std::span<const double> second) {
  PairedDifferences differences;
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  differences.logarithmic = std::all_of(first.begin(), first.end(), positive) &&
                            std::all_of(second.begin(), second.end(), positive);
  for (size_t i = 0; i < first.size(); i++) {
    const double a = first[i], b = second[i];
    // Of the quotient that is above one: the logarithms of x and 1 / x, each rounded, differ in magnitude.
    differences.values.push_back(!differences.logarithmic ? (a == b ? 0 : b - a)
                                 : b >= a                 ? std::log(b / a)
                                                          : -std::log(a / b));
    // Each value is a decimal number that was rounded, and so is what is made of two.
    constexpr double kRoundings = 4 * std::numeric_limits<double>::epsilon();
    const double largest = std::max(std::fabs(a), std::fabs(b));
    differences.rounding.push_back(kRoundings * (differences.logarithmic  ? 1
                                                 : std::isfinite(largest) ? largest
                                                                          : 0));
  }
  return differences;
}

SignedRankTest signed_rank(std::span<const double> differences, std::span<const double> rounding) {
  SignedRankTest test;
  const auto ranks = doubled_ranks(differences, rounding);
  std::vector<size_t> counted;
  size_t w = 0, most = 0;
  for (size_t i = 0; i < ranks.size(); i++) {
    if (ranks[i] == 0) continue;
    counted.push_back(ranks[i]);
    most += ranks[i];
    w += differences[i] > 0 ? ranks[i] : 0;
  }
  test.w = static_cast<double>(w) / 2;
  test.all_equal = counted.empty();
  test.extreme = !test.all_equal && (w == 0 || w == most);
  if (!test.all_equal)
    test.p = differences.size() <= kExactPairs ? exact_p(counted, w) : normal_p(counted, w);
  return test;
}

double smallest_paired_p(size_t n) { return std::min(1.0, std::ldexp(1, 1 - static_cast<int>(n))); }

int pairs_for_difference(double alpha) {
  for (int n = 1; n <= static_cast<int>(kExactPairs); n++) {
    if (smallest_paired_p(static_cast<size_t>(n)) <= alpha) return n;
  }
  return 0;
}

Shift estimate_paired_shift(std::span<const double> first, std::span<const double> second, double confidence,
                            double alpha) {
  PairedDifferences pairs = paired_differences(first, second);
  Shift shift;
  shift.logarithmic = pairs.logarithmic;
  double scale = 1;
  if (!shift.logarithmic) {
    std::vector<double> sorted(first.begin(), first.end());
    std::sort(sorted.begin(), sorted.end());
    scale = std::fabs(median(sorted));
  }
  for (const double value : pairs.values) shift.cliff += value > 0 ? 1 : value < 0 ? -1 : 0;
  shift.cliff /= static_cast<double>(pairs.values.size());
  const size_t n = pairs.values.size();
  const WalshAverages averages(std::move(pairs.values));
  const auto change = [&](double difference) {
    if (shift.logarithmic) return std::expm1(difference);
    return difference == 0 ? 0 : difference / scale;
  };
  shift.estimate = change(averages.median());
  const auto interval = [&](double level, double& lo, double& hi) {
    const double rank = critical_pair_rank(n, (1 - level) / 2);
    lo = rank >= 1 ? change(averages.at(rank)) : -kInfinity;
    hi = rank >= 1 ? change(averages.at(averages.count() + 1 - rank)) : kInfinity;
  };
  interval(confidence, shift.lo, shift.hi);
  interval(1 - 2 * alpha, shift.equal_lo, shift.equal_hi);
  shift.detectable = detectable_change(shift, confidence, alpha);
  bound_fall(shift, std::min(*std::min_element(first.begin(), first.end()),
                             *std::min_element(second.begin(), second.end())));
  return shift;
}

}  // namespace bench
