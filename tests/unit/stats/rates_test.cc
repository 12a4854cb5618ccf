// Differences between sampled amounts: against exact values, and how often they are wrong.
#include "stats/benchmath/rates.h"

#include <catch2/catch.hpp>
#include <random>

#include "stats/benchmath/correction.h"

using namespace bench;

namespace {

constexpr double kEvent = 1e7;

RateChange compare(double first, double second) {
  const Sampled one{first * kEvent, first * kEvent * kEvent}, two{second * kEvent, second * kEvent * kEvent};
  return compare_rates({&one, 1}, {&two, 1}, kEvent, 0.95, 0.05);
}

Sampled draw(double mean, std::mt19937& random) {
  const auto count = static_cast<double>(std::poisson_distribution<long>(mean)(random));
  return {count * kEvent, count * kEvent * kEvent};
}

// What programs look like: a few hot functions, many cold ones.
double mean_of(int function) { return 2000.0 / (1 + function); }

}  // namespace

TEST_CASE("one run a side: the exact test of two Poisson counts") {
  struct Case {
    double first, second, p;
  };
  // Two-sided binomial probabilities, twice the smaller tail, from the sums of binomial coefficients.
  const auto [first, second, p] =
      GENERATE(Case{0, 0, 1}, Case{5, 5, 1}, Case{0, 6, 2.0 / 64}, Case{6, 0, 2.0 / 64},
               Case{1, 7, 18.0 / 256}, Case{3, 9, 598.0 / 4096});
  CHECK(compare(first, second).p == Approx(p).epsilon(1e-12));
}

TEST_CASE("counts too small to differ are no tests") {
  CHECK_FALSE(compare(0, 0).is_testable);
  CHECK_FALSE(compare(2, 3).is_testable);
  CHECK(compare(3, 3).is_testable);
}

TEST_CASE("an amount seen on one side alone has an interval that holds what may have been missed") {
  const RateChange change = compare(0, 100);
  CHECK(change.lo > 70 * kEvent);
  CHECK(change.hi > 115 * kEvent);
  CHECK(change.hi < 130 * kEvent);
  CHECK(change.p < 1e-9);
}

TEST_CASE("in profiles of one program, hardly a run shows any difference", "[error-rates]") {
  // 60 functions in each of 2,000 pairs of runs, a 20th of which may show one; the limit is 3.3 standard
  // deviations above: a right method fails once in two thousand, whatever the seed.
  std::mt19937 random(11);
  int runs = 0;
  for (int trial = 0; trial < 2000; trial++) {
    std::vector<double> p;
    for (int function = 0; function < 60; function++) {
      const Sampled one = draw(mean_of(function), random), two = draw(mean_of(function), random);
      const RateChange change = compare_rates({&one, 1}, {&two, 1}, kEvent, 0.95, 0.05);
      if (change.is_testable) p.push_back(change.p);
    }
    const auto q = adjust(p, Correction::kBenjaminiHochberg);
    runs += std::any_of(q.begin(), q.end(), [](double one) { return one <= 0.05; }) ? 1 : 0;
  }
  INFO(runs << " of 2000");
  CHECK(runs <= 100 + 32);
  CHECK(runs >= 20);  // and it is a test, not a constant
}

TEST_CASE("intervals of differences hold the truth as often as they say", "[error-rates]") {
  // 4,000 pairs for each mean: 93.5% is 4 standard deviations below 95%.
  std::mt19937 random(12);
  for (const auto& [first, second] : {std::pair{3.0, 3.0}, {0.5, 8.0}, {20.0, 40.0}, {500.0, 450.0}}) {
    int held = 0;
    for (int trial = 0; trial < 4000; trial++) {
      const Sampled one = draw(first, random), two = draw(second, random);
      const RateChange change = compare_rates({&one, 1}, {&two, 1}, kEvent, 0.95, 0.05);
      const double truth = (second - first) * kEvent;
      held += change.lo <= truth && truth <= change.hi ? 1 : 0;
    }
    INFO(first << " and " << second << ": " << held / 40.0 << "%");
    CHECK(held >= 0.935 * 4000);
    CHECK(held <= 0.99 * 4000);
  }
}

TEST_CASE("several runs a side: runs that differ by more than sampling raise no false alarms",
          "[error-rates]") {
  // Each run is 10% slower or faster at random: by sampling alone nearly all of them would differ.
  std::mt19937 random(13);
  int alarms = 0, naive = 0;
  for (int trial = 0; trial < 2000; trial++) {
    std::vector<Sampled> sides[2];
    for (auto& side : sides) {
      for (int run = 0; run < 5; run++) {
        side.push_back(draw(5000 * std::exp(std::normal_distribution<>(0, 0.1)(random)), random));
      }
    }
    alarms += compare_rates(sides[0], sides[1], kEvent, 0.95, 0.05).p <= 0.05 ? 1 : 0;
    naive += compare_rates({&sides[0][0], 1}, {&sides[1][0], 1}, kEvent, 0.95, 0.05).p <= 0.05 ? 1 : 0;
  }
  INFO(alarms << ", of single runs " << naive << " of 2000");
  CHECK(alarms <= 132);
  CHECK(naive > 1400);
}

TEST_CASE("a function that doubled is found", "[error-rates]") {
  std::mt19937 random(14);
  int found = 0;
  for (int trial = 0; trial < 1000; trial++) {
    const Sampled one = draw(100, random), two = draw(200, random);
    found += compare_rates({&one, 1}, {&two, 1}, kEvent, 0.95, 0.05).p <= 0.001 ? 1 : 0;
  }
  CHECK(found > 950);
}
