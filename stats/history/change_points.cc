#include "stats/history/change_points.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "stats/benchmath/median.h"
#include "stats/benchmath/moments.h"

namespace bench {
namespace {

constexpr size_t kLeast = 2;  // points of a level

struct Split {
  size_t index = 0;
  double q = 0;
};

// Sums over points that are added, by their rank among all. (Fenwick 1994.)
class RankedSums {
 public:
  explicit RankedSums(size_t ranks) : nodes_(ranks + 1) {}
  void clear() { std::fill(nodes_.begin(), nodes_.end(), Node()); }
  void add(size_t rank, double value) {
    for (size_t i = rank + 1; i < nodes_.size(); i += i & -i)
      nodes_[i] = {nodes_[i].count + 1, nodes_[i].sum + value};
  }
  struct Node {
    double count = 0, sum = 0;
  };
  // Of the points that have this rank or a lower one.
  Node up_to(size_t rank) const {
    Node all;
    for (size_t i = rank + 1; i > 0; i -= i & -i)
      all = {all.count + nodes_[i].count, all.sum + nodes_[i].sum};
    return all;
  }

 private:
  std::vector<Node> nodes_;
};

// The split of points in two for which the scaled energy distance between them is largest:
// q = n m / (n + m) (2 E|X - Y| - E|X - X'| - E|Y - Y'|). Sums of distances are kept up from one split to the
// next: a point that changes sides takes its distances along. What does not depend on the order of the points
// is known once for all of their permutations.
class Splitter {
 public:
  explicit Splitter(std::span<const double> points)
      : sorted_(points.begin(), points.end()),
        order_(points.size()),
        totals_(points.size()),
        left_(points.size()) {
    std::vector<size_t> by_value(points.size());
    std::iota(by_value.begin(), by_value.end(), size_t{0});
    std::sort(by_value.begin(), by_value.end(), [&](size_t a, size_t b) { return points[a] < points[b]; });
    const double center = points.empty() ? 0 : points[by_value[points.size() / 2]];
    double sum = 0;
    for (size_t rank = 0; rank < by_value.size(); rank++) {
      order_[by_value[rank]] = rank;
      sorted_[rank] = points[by_value[rank]] - center;  // whose sums lose the least
      sum += sorted_[rank];
    }
    double below = 0;
    const auto n = static_cast<double>(points.size());
    for (size_t rank = 0; rank < sorted_.size(); rank++) {
      const double value = sorted_[rank], lower = static_cast<double>(rank);
      totals_[rank] = (value * lower - below) + (sum - below - value * (n - lower));
      below += value;
      all_ += totals_[rank] / 2;
    }
  }

  // The ranks of the points, in the order of the series.
  const std::vector<size_t>& order() const { return order_; }

  // `order` is a permutation of order().
  Split best(std::span<const size_t> order) {
    const size_t n = order.size();
    left_.clear();
    double left = 0, right = all_, across = 0, sum = 0;
    Split best;
    for (size_t k = 0; k + kLeast < n; k++) {
      const size_t rank = order[k];
      const double value = sorted_[rank], count = static_cast<double>(k);
      const RankedSums::Node lower = left_.up_to(rank);
      const double to_left =
          (value * lower.count - lower.sum) + (sum - lower.sum - value * (count - lower.count));
      const double to_right = totals_[rank] - to_left;
      left_.add(rank, value);
      sum += value;
      left += to_left;
      right -= to_right;
      across += to_right - to_left;
      const auto a = static_cast<double>(k + 1), b = static_cast<double>(n - k - 1);
      if (k + 1 < kLeast) continue;
      const double energy = 2 * across / (a * b) - 2 * left / (a * (a - 1)) - 2 * right / (b * (b - 1));
      const double q = a * b / (a + b) * energy;
      if (q > best.q || best.index == 0) best = {k + 1, q};
    }
    return best;
  }

 private:
  std::vector<double> sorted_;  // by rank
  std::vector<size_t> order_;
  std::vector<double> totals_;  // by rank: of the distances to all points
  double all_ = 0;              // of the distances of all pairs
  RankedSums left_;
};

// The share of permutations of the points whose best split is as good, the points as they are among them.
// Stops where it is clear that it is above alpha: after `kEnough` that are (Besag and Clifford 1991).
double permutation_p(Splitter& splitter, double q, double alpha, std::mt19937_64& random) {
  constexpr size_t kEnough = 10;
  const auto most = static_cast<size_t>(std::ceil(kEnough / alpha)) - 1;
  const double same = q * (1 - 1e-9);  // what rounding makes of equal sums
  std::vector<size_t> shuffled = splitter.order();
  size_t as_good = 0, made = 0;
  while (made < most && as_good < kEnough) {
    // Not std::shuffle, which may differ from one library to the next.
    for (size_t i = shuffled.size() - 1; i > 0; i--) std::swap(shuffled[i], shuffled[random() % (i + 1)]);
    made++;
    as_good += splitter.best(shuffled).q >= same ? 1 : 0;
  }
  return as_good >= kEnough ? static_cast<double>(as_good) / static_cast<double>(made)
                            : static_cast<double>(as_good + 1) / static_cast<double>(made + 1);
}

double median_of(std::span<const double> x) {
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  return median(sorted);
}

// Student's t-test with one variance for both: a new level of two points has next to none of its own.
double student_p(std::span<const double> first, std::span<const double> second) {
  const Moments a = Moments::of(first), b = Moments::of(second);
  const double freedom = a.size + b.size - 2;
  const double variance =
      (a.deviation * a.deviation * (a.size - 1) + b.deviation * b.deviation * (b.size - 1)) / freedom;
  if (!(variance > 0)) return a.mean == b.mean ? 1 : 0;
  const double t = std::fabs(a.mean - b.mean) / std::sqrt(variance * (1 / a.size + 1 / b.size));
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(freedom), t));
}

class Finder {
 public:
  Finder(std::span<const double> series, const ChangePointOptions& options)
      : series_(series), options_(options), random_(options.seed) {}

  std::vector<ChangePoint> find() {
    bisect(0, series_.size());
    std::sort(found_.begin(), found_.end(),
              [](const ChangePoint& a, const ChangePoint& b) { return a.index < b.index; });
    while (drop_weakest()) {
    }
    for (size_t i = 0; i < found_.size(); i++) {
      found_[i].before = median_of(level(i));
      found_[i].after = median_of(level(i + 1));
    }
    return std::move(found_);
  }

 private:
  void bisect(size_t begin, size_t end) {
    const auto points = series_.subspan(begin, end - begin);
    if (points.size() < points_for_change(options_.alpha)) return;
    Splitter splitter(points);
    const Split split = splitter.best(splitter.order());
    if (!(split.q > 0)) return;
    const double p = permutation_p(splitter, split.q, options_.alpha, random_);
    if (p > options_.alpha) return;
    found_.push_back({begin + split.index, p});
    bisect(begin, begin + split.index);
    bisect(begin + split.index, end);
  }

  // The points between two neighbouring changes.
  std::span<const double> level(size_t i) const {
    const size_t begin = i == 0 ? 0 : found_[i - 1].index;
    const size_t end = i == found_.size() ? series_.size() : found_[i].index;
    return series_.subspan(begin, end - begin);
  }

  // Splits are found within ever smaller parts: what looked like a change there may be none between the
  // levels that are left. Whether one was dropped.
  bool drop_weakest() {
    double largest = options_.alpha;
    size_t weakest = found_.size();
    for (size_t i = 0; i < found_.size(); i++) {
      const double p = student_p(level(i), level(i + 1));
      if (p <= largest) continue;
      largest = p;
      weakest = i;
    }
    if (weakest == found_.size()) return false;
    found_.erase(found_.begin() + static_cast<ptrdiff_t>(weakest));
    return true;
  }

  std::span<const double> series_;
  const ChangePointOptions& options_;
  std::mt19937_64 random_;
  std::vector<ChangePoint> found_;
};

}  // namespace

std::vector<ChangePoint> find_change_points(std::span<const double> series,
                                            const ChangePointOptions& options) {
  return Finder(series, options).find();
}

// A split in two halves of distinct values is the best one of 2 (n/2)!^2 orders out of n!, and of n! / 2 at
// worst for other sizes; that share must be alpha or less.
size_t points_for_change(double alpha) {
  double share = 1;
  size_t n = 2 * kLeast;
  for (; n < 100; n++) {
    share = 2;
    const size_t half = n / 2;
    for (size_t i = 1; i <= half; i++) share *= static_cast<double>(i) / static_cast<double>(n - half + i);
    if (share <= alpha) break;
  }
  return n;
}

}  // namespace bench
