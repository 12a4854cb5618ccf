#include "stats/benchmath/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "stats/benchmath/u_distribution.h"

namespace bench {
namespace {

constexpr size_t kExactLimit = 50;
constexpr size_t kTiedExactLimit = 25;

double choose(int n, int k) {
  double result = 1;
  for (int i = 1; i <= k; i++) result = result * (n - i + 1) / i;
  return result;
}

// How the ranks of both samples together fall into groups of equal values.
struct Ranks {
  std::vector<int> groups;  // sizes, ascending in value
  double u = 0;
  bool tied = false;
};

Ranks rank(std::span<const double> first, std::span<const double> second) {
  Ranks ranks;
  size_t i = 0, j = 0;
  while (i < first.size() || j < second.size()) {
    const bool take_first = j == second.size() || (i < first.size() && first[i] <= second[j]);
    const double value = take_first ? first[i] : second[j];
    size_t a = i, b = j;
    while (a < first.size() && first[a] == value) a++;
    while (b < second.size() && second[b] == value) b++;
    const size_t size = (a - i) + (b - j);
    // Each of the first sample's values here is above j of the second's and equal to b - j.
    ranks.u += static_cast<double>(a - i) * (static_cast<double>(j) + 0.5 * static_cast<double>(b - j));
    ranks.groups.push_back(static_cast<int>(size));
    ranks.tied |= size > 1;
    i = a;
    j = b;
  }
  return ranks;
}

// The number of ways to choose which n1 of the ranks are the first sample's so that 2U <= limit, and so that
// 2U < limit: as doubles, exact to 2^53, which C(50, 25) is well below.
//
// Group by group: ways[k][v] counts the choices so far with k values in the first sample and 2U = v. Taking j
// of a group of t, behind m ranks of which m - k are the second sample's, adds j (2 (m - k) + (t - j)) to 2U,
// in C(t, j) ways.
struct Tail {
  double up_to = 0;
  double below = 0;
};

Tail count_tail(const std::vector<int>& groups, int n1, int n2, int limit) {
  const auto width = static_cast<size_t>(limit) + 1;
  std::vector<double> ways((static_cast<size_t>(n1) + 1) * width), next(ways.size());
  ways[0] = 1;
  int seen = 0;
  const int total = n1 + n2;
  for (const int size : groups) {
    const int after = seen + size;
    const int lowest = std::max(0, n1 - (total - after)), highest = std::min(n1, after);
    for (int k = lowest; k <= highest; k++) {
      std::fill_n(next.begin() + static_cast<ptrdiff_t>(k * width),
                  std::min<int>(limit, 2 * k * (after - k)) + 1, 0.0);
    }
    const int from = std::max(0, n1 - (total - seen)), to = std::min(n1, seen);
    for (int k = from; k <= to; k++) {
      const int others = seen - k;
      if (others > n2) continue;
      const double* source = &ways[static_cast<size_t>(k) * width];
      const int reach = std::min(limit, 2 * k * others);
      double ways_in_group = 1;
      for (int j = 0; j <= size && k + j <= n1; j++) {
        const int shift = j * (2 * others + size - j);
        if (k + j >= lowest && shift <= limit) {
          double* target = &next[static_cast<size_t>(k + j) * width + static_cast<size_t>(shift)];
          const int count = std::min(reach, limit - shift);
          for (int v = 0; v <= count; v++) target[v] += ways_in_group * source[v];
        }
        ways_in_group = ways_in_group * (size - j) / (j + 1);
      }
    }
    ways.swap(next);
    seen = after;
  }
  Tail tail;
  const double* last = &ways[static_cast<size_t>(n1) * width];
  for (int v = 0; v < limit; v++) tail.below += last[v];
  tail.up_to = tail.below + last[limit];
  return tail;
}

double exact_p(const Ranks& ranks, int n1, int n2) {
  if (!ranks.tied) {
    const int lower = static_cast<int>(std::min(ranks.u, static_cast<double>(n1) * n2 - ranks.u));
    return std::min(1.0, 2 * u_distribution(n1, n2)[static_cast<size_t>(lower)]);
  }
  const double pairs = static_cast<double>(n1) * n2;
  // U of the second sample has the mirrored distribution: counting its lower tail is the shorter work where U
  // is large.
  const bool mirror = 2 * ranks.u > pairs;
  const int limit = static_cast<int>(mirror ? 2 * (pairs - ranks.u) : 2 * ranks.u);
  const Tail tail =
      mirror ? count_tail(ranks.groups, n2, n1, limit) : count_tail(ranks.groups, n1, n2, limit);
  const double all = choose(n1 + n2, std::min(n1, n2));
  return std::min(1.0, 2 * std::min(tail.up_to / all, 1 - tail.below / all));
}

// `ties`: the sum of t^3 - t over the groups of t equal values.
double approximate_p(double u, double ties, double n1, double n2) {
  const double n = n1 + n2;
  const double deviation = std::sqrt(n1 * n2 * ((n + 1) - ties / (n * (n - 1))) / 12);
  const double distance = std::max(0.0, std::fabs(u - n1 * n2 / 2) - 0.5);
  return std::min(1.0, std::erfc(distance / deviation / M_SQRT2));
}

double approximate_p(const Ranks& ranks, double n1, double n2) {
  double ties = 0;
  for (const double size : ranks.groups) ties += size * size * size - size;
  return approximate_p(ranks.u, ties, n1, n2);
}

}  // namespace

UTest mann_whitney(std::span<const double> first, std::span<const double> second) {
  const Ranks ranks = rank(first, second);
  UTest test;
  test.u = ranks.u;
  test.all_equal = ranks.groups.size() == 1;
  if (test.all_equal) return test;
  test.extreme =
      ranks.u == 0 || ranks.u == static_cast<double>(first.size()) * static_cast<double>(second.size());
  const size_t limit = ranks.tied ? kTiedExactLimit : kExactLimit;
  const bool exact = first.size() <= limit && second.size() <= limit;
  test.p = exact
               ? exact_p(ranks, static_cast<int>(first.size()), static_cast<int>(second.size()))
               : approximate_p(ranks, static_cast<double>(first.size()), static_cast<double>(second.size()));
  return test;
}

double smallest_p(size_t n1, size_t n2) {
  if (n1 > kExactLimit || n2 > kExactLimit)
    return approximate_p(0, 0, static_cast<double>(n1), static_cast<double>(n2));
  return std::min(1.0, 2 / choose(static_cast<int>(n1 + n2), static_cast<int>(std::min(n1, n2))));
}

int samples_for_difference(double alpha) {
  constexpr int kLargest = 9;
  for (int n = 1; n <= kLargest; n++) {
    if (smallest_p(static_cast<size_t>(n), static_cast<size_t>(n)) <= alpha) return n;
  }
  return 0;
}

}  // namespace bench
