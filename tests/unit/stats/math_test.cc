// The statistics: against enumeration, by their properties, and by simulation with fixed seeds.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "stats/benchmath/bootstrap.h"
#include "stats/benchmath/estimate.h"
#include "stats/benchmath/mann_whitney.h"
#include "stats/benchmath/median.h"
#include "stats/benchmath/moments.h"
#include "stats/benchmath/real.h"
#include "stats/benchmath/shift.h"
#include "stats/benchmath/signed_rank.h"
#include "stats/benchmath/u_distribution.h"

using namespace bench;
using Values = std::vector<double>;

namespace {

double u_of(const Values& first, const Values& second) {
  double u = 0;
  for (const double a : first) {
    for (const double b : second) u += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return u;
}

// min(1, 2 min(P(U <= u), P(U >= u))) over every way to split the values in two.
double enumerated_p(const Values& first, const Values& second) {
  Values all = first;
  all.insert(all.end(), second.begin(), second.end());
  std::vector<bool> chosen(all.size());
  std::fill_n(chosen.begin(), first.size(), true);
  const double u = u_of(first, second);
  double below = 0, above = 0, count = 0;
  do {
    Values a, b;
    for (size_t i = 0; i < all.size(); i++) (chosen[i] ? a : b).push_back(all[i]);
    const double other = u_of(a, b);
    below += other <= u ? 1 : 0;
    above += other >= u ? 1 : 0;
    count++;
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return std::min(1.0, 2 * std::min(below, above) / count);
}

Values draw(std::mt19937& random, size_t n, int distinct) {
  Values values;
  for (size_t i = 0; i < n; i++)
    values.push_back(static_cast<double>(random() % static_cast<unsigned>(distinct)));
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

TEST_CASE("the exact U-test is what enumeration gives, with ties, for all sizes up to 7") {
  std::mt19937 random(1);
  for (size_t n1 = 1; n1 <= 7; n1++) {
    for (size_t n2 = 1; n2 <= 7; n2++) {
      for (const int distinct : {2, 3, 5, 1000000}) {
        const Values first = draw(random, n1, distinct), second = draw(random, n2, distinct);
        const UTest test = mann_whitney(first, second);
        CAPTURE(first, second);
        CHECK(test.u == u_of(first, second));
        CHECK(test.p == Approx(enumerated_p(first, second)).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("the untied distribution of U is what enumeration gives, for all sizes up to 7") {
  for (int n1 = 1; n1 <= 7; n1++) {
    for (int n2 = 1; n2 <= 7; n2++) {
      std::vector<double> count(static_cast<size_t>(n1 * n2) + 1);
      std::vector<bool> chosen(static_cast<size_t>(n1 + n2));
      std::fill_n(chosen.begin(), n1, true);
      double all = 0;
      do {
        size_t u = 0, seen = 0;
        for (const bool first : chosen) (first ? u : seen) += first ? seen : 1;
        count[u]++;
        all++;
      } while (std::prev_permutation(chosen.begin(), chosen.end()));
      const auto& cumulative = u_distribution(n1, n2);
      double sum = 0;
      CAPTURE(n1, n2);
      for (size_t u = 0; u < cumulative.size(); u++) {
        sum += count[u];
        CHECK(cumulative[u] == Approx(sum / all).epsilon(1e-14));
      }
    }
  }
}

TEST_CASE("p is a probability and does not depend on which sample is first") {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; i++) {
    const int distinct = 2 + static_cast<int>(random() % 40);
    const Values first = draw(random, 1 + random() % 60, distinct),
                 second = draw(random, 1 + random() % 60, distinct);
    const UTest there = mann_whitney(first, second), back = mann_whitney(second, first);
    CAPTURE(first, second);
    CHECK(there.p == Approx(back.p).epsilon(1e-11));
    CHECK((there.p >= 0 && there.p <= 1));
    CHECK(there.u + back.u == static_cast<double>(first.size() * second.size()));
  }
}

TEST_CASE("ties with unequal sizes: the tail of an asymmetric distribution is not doubled blindly") {
  // benchstat prints p=0.000 for one order of such samples and more than 1 for others.
  const Values first = {1, 1, 1, 1, 1, 1, 1, 1, 2}, second = {1, 2};
  CHECK(mann_whitney(first, second).p == Approx(enumerated_p(first, second)));
  CHECK(mann_whitney(second, first).p == Approx(enumerated_p(first, second)));
}

TEST_CASE("equal samples say so") {
  CHECK(mann_whitney(Values{3, 3}, Values{3}).all_equal);
  CHECK(mann_whitney(Values(40, 1.0), Values(40, 1.0)).all_equal);
  CHECK_FALSE(mann_whitney(Values{3, 3}, Values{4}).all_equal);
}

TEST_CASE("median intervals: the well-known orders at 95%") {
  struct {
    int n, lo, hi;
  } const cases[] = {{5, 0, 5},   {6, 1, 6},   {7, 1, 7},   {8, 1, 7},   {9, 2, 8},   {10, 2, 9},
                     {12, 3, 10}, {15, 4, 12}, {20, 6, 15}, {24, 8, 18}, {25, 8, 18}, {30, 10, 21}};
  for (const auto& c : cases) {
    CAPTURE(c.n);
    CHECK(median_interval(c.n, 0.95).lo == c.lo);
    CHECK(median_interval(c.n, 0.95).hi == c.hi);
  }
  CHECK(samples_for_interval(0.95) == 6);
  CHECK(samples_for_interval(0.99) == 8);
  CHECK(samples_for_interval(1) == 0);
  CHECK(samples_for_difference(0.05) == 4);
  CHECK(samples_for_difference(1e-50) == 0);
}

TEST_CASE("medians and geometric means") {
  CHECK(median(Values{7}) == 7);
  CHECK(median(Values{1, 2}) == 1.5);
  CHECK(median(Values{1, 2, 10}) == 2);
  CHECK(geometric_mean(Values{1, 4, 16}).value() == Approx(4));
  CHECK_FALSE(geometric_mean(Values{}));
  CHECK_FALSE(geometric_mean(Values{1, 0}));
  for (double x = -700; x < 700; x += 0.37) {
    CHECK(exp_portable(x) == Approx(std::exp(x)).epsilon(1e-14));
    CHECK(log_portable(std::exp(x)) == Approx(x).epsilon(1e-14).margin(1e-15));
  }
  for (int n = 0; n < 40; n++)
    CHECK(log_factorial(n) == Approx(std::lgamma(n + 1.0)).epsilon(1e-14).margin(1e-15));
}

TEST_CASE("how estimates print") {
  const double inf = INFINITY;
  struct {
    double center, lo, hi;
    const char* text;
  } const intervals[] = {{1, 0.5, 1.1, "50%"},    {1, 0.9, 1.5, "50%"},    {1, 1, 1, "0%"},
                         {-1, -1.5, -0.9, "50%"}, {-1, -1.1, -0.5, "50%"}, {1, -inf, 1, "∞"},
                         {1, 1, inf, "∞"},        {1, -1, 1, "?"},         {0, -1, 1, "?"},
                         {0, 0, 0, "0%"}};
  for (const auto& c : intervals) CHECK(format_interval({c.center, c.lo, c.hi, {}}) == c.text);
  CHECK(format_comparison({0.5, 1, 2, 0.05, {}}) == "p=0.500 n=1+2");
  CHECK(format_comparison({0, 2, 2, 0, {}}) == "n=2");
  CHECK(format_delta({0.5, 1, 1, 0.05, {}}, 1, 2) == "~");
  CHECK(format_delta({0.05, 1, 1, 0.05, {}}, 1, 2) == "+100.00%");
  CHECK(format_delta({0.01, 1, 1, 0.05, {}}, 0, 2) == "?");
  CHECK(format_delta({0.01, 1, 1, 0.05, {}}, 0, 0) == "0.00%");
}

TEST_CASE("exact units: the mode, and a warning where values vary") {
  const Summary summary = summarize(Values{1, 2, 2, 3}, Assumption::kExact, {});
  CHECK(summary.center == 2);
  CHECK(summary.lo == 1);
  CHECK(summary.hi == 3);
  CHECK(summary.warnings.texts() ==
        std::vector<std::string>{"exact distribution expected, but values range from 1 to 3"});
  CHECK(compare(Values{1}, Values{2}, Assumption::kExact, {}).p == 0);
}

TEST_CASE("where no value is negative nothing falls by more than 100%; an interval said -133%") {
  const std::vector<double> before = {1, 2, 3, 4, 5, 6, 7, 9}, after = {0, 0, 0, 0, 1, 1, 1, 1};
  const Shift shift = estimate_shift(before, after, 0.95, 0.05);
  CHECK(shift.estimate == Approx(-4 / 4.5));
  CHECK(shift.lo == -1);
  CHECK(shift.equal_lo == -1);
  CHECK(shift.hi == Approx(-2 / 4.5));
  const Shift paired = estimate_paired_shift(before, after, 0.95, 0.05);
  CHECK(paired.lo == -1);
  CHECK(paired.hi < 0);
  const std::vector<double> many(20, 0), high = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(estimate_quantile_shift(high, many, 0.5, {}).lo == -1);
  // A loss may be larger than what there was.
  CHECK(estimate_shift(before, std::vector<double>(8, -9), 0.95, 0.05).lo < -2);
  // And too few values still have no interval.
  const std::vector<double> one = {5}, none = {0};
  CHECK(std::isinf(estimate_shift(one, none, 0.95, 0.05).lo));
}

// 1 - alpha / 2 is 1 for the alpha of the first looks of many (benchcmp run --sequential -n 500): the
// quantile threw.
TEST_CASE("no level, however near to 0 or 1, ends the program") {
  CHECK(normal_quantile(0) == -INFINITY);
  CHECK(normal_quantile(1) == INFINITY);
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054));
  const std::vector<double> before = {1, 2, 3, 4, 5, 6, 7, 9}, after = {11, 12, 13, 14, 15, 16, 17, 18};
  const Moments one{100, 1, 2}, two{110, 1e-90, 2};
  for (const double alpha : {1e-16, 1e-17, 1e-310}) {
    CAPTURE(alpha);
    const double detectable = estimate_shift(before, after, 0.95, alpha).detectable;
    CHECK(std::isfinite(detectable));
    CHECK(detectable > estimate_shift(before, after, 0.95, 1e-15).detectable);
    CHECK(estimate_shift(one, two, 0.95, alpha).detectable == INFINITY);
  }
  const double nearly = std::nextafter(1, 0);
  CHECK(estimate_shift(before, after, nearly, 0.05).lo == -INFINITY);
  CHECK(estimate_shift(one, two, nearly, 0.05).hi > 1e15);
  CHECK(std::isfinite(summarize(one, {0.05, nearly}).hi));
  // Deviations whose squares' squares are 0.
  const Moments tight{100, 1e-90, 8}, tighter{110, 1e-90, 8};
  CHECK(compare(tight, tighter, {}).p < 1e-9);
}

// Each of up to 20,000 resamples drew all values: 200,000 a side took many minutes.
TEST_CASE("a quantile of very many values has the interval that it has of many, at once") {
  const auto ramp = [](size_t size, double top) {
    std::vector<double> sorted;
    for (size_t i = 0; i < size; i++)
      sorted.push_back(top * static_cast<double>(i + 1) / static_cast<double>(size));
    return sorted;
  };
  const Options options;
  const auto half_width = [&](size_t size, double q) {
    const Summary summary = summarize_quantile(ramp(size, 1), q, options);
    CHECK(summary.lo < q);
    CHECK(summary.hi > q);
    return (summary.hi - summary.lo) / 2;
  };
  for (const double q : {0.1, 0.5, 0.99}) {
    const double drawn = half_width(10000, q), short_cut = half_width(10001, q);
    CHECK(short_cut == Approx(drawn).epsilon(0.1));
    CHECK(half_width(200000, q) == Approx(1.96 * std::sqrt(q * (1 - q) / 200000)).epsilon(0.1));
  }
  const std::vector<double> before = ramp(200000, 1), now = ramp(200000, 1.02);
  CHECK(compare_quantiles(before, now, 0.99, options).p == Approx(kLeastQuantileP));
  CHECK(compare_quantiles(before, before, 0.99, options).p > 0.5);
  CHECK(estimate_quantile_shift(before, now, 0.99, options).estimate == Approx(0.02));
}
