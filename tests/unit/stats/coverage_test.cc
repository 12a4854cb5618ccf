// Intervals hold the truth as often as they say, and runs of several values are told from values: simulations
// with fixed seeds and stated limits.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "stats/benchmath/bootstrap.h"
#include "stats/benchmath/median.h"
#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

namespace {

std::vector<double> drawn(size_t n, double center, double deviation, std::mt19937& random) {
  std::vector<double> values;
  for (size_t i = 0; i < n; i++)
    values.push_back(center * std::lognormal_distribution<>(0, deviation)(random));
  return values;
}

std::vector<double> sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

// What 3.3 deviations of a share of so many trials are: a right interval fails once in a thousand.
double noise(double share, int trials) { return 3.3 * std::sqrt(share * (1 - share) / trials); }

}  // namespace

TEST_CASE("the interval of the median holds it as often as its orders say, within 1.5 points",
          "[error-rates]") {
  // Order statistics give steps of confidence: the nominal one is what median_interval() says it reaches.
  std::string table;
  for (const size_t n : {6, 10, 15, 30, 60}) {
    constexpr int kTrials = 8000;
    std::mt19937 random(67);
    const MedianInterval interval = median_interval(static_cast<int>(n), 0.95);
    CHECK(interval.confidence >= 0.95);
    int held = 0;
    for (int trial = 0; trial < kTrials; trial++) {
      const auto sample = sorted(drawn(n, 100, 0.1, random));
      const Summary summary = summarize(sample, Assumption::kNothing, {});
      held += summary.lo <= 100 && 100 <= summary.hi ? 1 : 0;
    }
    const double share = static_cast<double>(held) / kTrials;
    table += "n=" + std::to_string(n) + " " + std::to_string(100 * share) + "% of " +
             std::to_string(100 * interval.confidence) + "%; ";
    CAPTURE(n, share, interval.confidence);
    CHECK(std::fabs(share - interval.confidence) <= 0.015 + noise(0.05, kTrials));
    CHECK(share >= 0.935);
  }
  SUCCEED("coverage of the median: " << table);
}

TEST_CASE("the interval of a geometric mean of changes holds it in 95%, within 1.5 points", "[error-rates]") {
  std::string table;
  for (const size_t benchmarks : {2, 5, 20}) {
    const int trials = benchmarks == 20 ? 400 : 1200;
    std::mt19937 random(71);
    int held = 0;
    for (int trial = 0; trial < trials; trial++) {
      std::string before, after;
      for (size_t i = 0; i < benchmarks; i++) {
        const std::string name = "B" + std::to_string(i);
        before += lines(name, drawn(10, 100, 0.02, random), "ns/op");
        after += lines(name, drawn(10, 103, 0.02, random), "ns/op");
      }
      Judged judged;
      judged.run({{"old", before}, {"new", after}});
      REQUIRE(judged.verdict.geomeans.size() == 1);
      const Geomean& mean = judged.verdict.geomeans[0];
      held += mean.lo <= 0.03 && 0.03 <= mean.hi ? 1 : 0;
    }
    const double share = static_cast<double>(held) / trials;
    table += std::to_string(benchmarks) + " benchmarks " + std::to_string(100 * share) + "%; ";
    CAPTURE(benchmarks, share);
    CHECK(share >= 0.935 - noise(0.05, trials));
    CHECK(share <= 0.965 + noise(0.05, trials));
  }
  SUCCEED("coverage of the geometric mean: " << table);
}

TEST_CASE("quantiles: p and interval agree, false positives and coverage are what they say",
          "[error-rates]") {
  constexpr double kQuantile = 0.9;
  Options options;
  options.quantile = kQuantile;
  constexpr int kTrials = 200;
  std::mt19937 random(73);
  int alarms = 0, held = 0;
  const double truth = std::exp(0.1 * 1.2815515655446004);  // of the lognormal distribution
  for (int trial = 0; trial < kTrials; trial++) {
    const auto first = sorted(drawn(100, 1, 0.1, random)), second = sorted(drawn(100, 1, 0.1, random));
    const Comparison comparison = compare_quantiles(first, second, kQuantile, options);
    const Shift shift = estimate_quantile_shift(first, second, kQuantile, options);
    CHECK((shift.lo <= 0 && 0 <= shift.hi) == (comparison.p > 0.05));
    alarms += comparison.p <= 0.05 ? 1 : 0;
    const Summary summary = summarize_quantile(first, kQuantile, options);
    held += summary.lo <= truth && truth <= summary.hi ? 1 : 0;
  }
  SUCCEED("quantile 0.9 of 100 runs: false positives " << 100.0 * alarms / kTrials << "%, coverage "
                                                       << 100.0 * held / kTrials << "%");
  CHECK(alarms <= kTrials * (0.055 + noise(0.05, kTrials)));
  CHECK(held >= kTrials * (0.935 - noise(0.05, kTrials)));
  // The same samples, the same numbers; and a change of the tail alone is found.
  auto plain = sorted(drawn(100, 1, 0.01, random)), tail = plain;
  for (size_t i = 80; i < 100; i++) tail[i] *= 1.5;
  CHECK(compare_quantiles(plain, tail, kQuantile, options).p <= 0.01);
  CHECK(estimate_quantile_shift(plain, tail, kQuantile, options).estimate == Approx(0.5).epsilon(0.02));
  CHECK(compare_quantiles(plain, plain, kQuantile, options).p == 1);
  // One that no resample doubts survives a correction over hundreds of tests.
  for (double& value : tail) value *= 2;
  CHECK(compare_quantiles(plain, tail, kQuantile, options).p == 0.0001);
  CHECK(compare_quantiles(tail, plain, kQuantile, options).p == 0.0001);
  CHECK(samples_for_quantile(0.99) == 500);
  CHECK(quantile(plain, 0.5) == median(plain));
}

TEST_CASE("iterations of one process are not independent: with a run key they count once", "[error-rates]") {
  // Processes differ by 2%, their iterations by 0.2%. 300 comparisons of a program with itself.
  constexpr int kTrials = 300, kProcesses = 8, kIterations = 5;
  std::mt19937 random(79);
  const auto side = [&] {
    std::string text;
    for (int process = 0; process < kProcesses; process++) {
      text += "run: " + std::to_string(process) + "\n";
      text +=
          lines("A", drawn(kIterations, 100 * std::lognormal_distribution<>(0, 0.02)(random), 0.002, random),
                "ns/op");
    }
    return text;
  };
  int alarms = 0, naive = 0;
  for (int trial = 0; trial < kTrials; trial++) {
    const std::string before = side(), after = side();
    for (const bool keyed : {false, true}) {
      Judged judged;
      if (keyed) judged.layout.run_key = "run";
      if (!keyed) judged.layout.ignore = "run";
      judged.run({{"old", before}, {"new", after}});
      REQUIRE(judged.tables.tables.size() == 1);
      const Comparison& comparison = *judged.tables.tables[0].rows[0].cells[1].comparison;
      CHECK(comparison.n1 == (keyed ? kProcesses : kProcesses * kIterations));
      (keyed ? alarms : naive) += comparison.significant() ? 1 : 0;
    }
  }
  SUCCEED("false positives of 8 processes x 5 iterations: "
          << 100.0 * alarms / kTrials << "% with --run-key, " << 100.0 * naive / kTrials << "% without");
  CHECK(alarms <= kTrials * (0.05 + noise(0.05, kTrials)));
  CHECK(naive >= 0.2 * kTrials);
}
