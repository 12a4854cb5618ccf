// The verdict where runs are few for what is asked of them.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

namespace {

// `benchmarks` of `runs` that vary by 1%; in the second side all of the first are slower by `change`.
Judged drawn(size_t benchmarks, size_t runs, double change, std::mt19937& random) {
  std::string texts[2];
  for (size_t side = 0; side < 2; side++) {
    for (size_t i = 0; i < benchmarks; i++) {
      std::vector<double> values;
      for (size_t run = 0; run < runs; run++) {
        const double noise = std::normal_distribution<>(100, 1)(random);
        values.push_back(noise * (side == 1 && i == 0 ? 1 + change : 1));
      }
      texts[side] += lines("B" + std::to_string(i), values, "ns/op");
    }
  }
  Judged judged;
  judged.run({{"old", texts[0]}, {"new", texts[1]}});
  return judged;
}

}  // namespace

// They passed as unchanged: 6 + 6 runs have p >= 2 / C(12, 6), which times 30 is above 0.05.
TEST_CASE("of many benchmarks with few runs a clear regression is inconclusive, the others are not",
          "[error-rates]") {
  struct Case {
    size_t benchmarks, runs;
    double change;
    double most_open;  // percent of suites that did not change: of all of their tests at the least p
  };
  // 1 - (1 - 2 / C(2n, n))^tests, and three standard deviations of 300 suites.
  // Of 100 with 6 each 20% would be, of 30 with 4 each 58%: only those count whose sides lie further apart
  // than their own runs.
  const Case cases[] = {{30, 6, 0.2, 6.3 + 4.2}, {100, 6, 0.5, 3}, {30, 4, 0.2, 3}};
  constexpr int kSuites = 300;
  for (const Case& c : cases) {
    CAPTURE(c.benchmarks, c.runs);
    std::mt19937 random(41);
    int open = 0, false_alarms = 0, passed = 0;
    for (int i = 0; i < kSuites; i++) {
      const Judged same = drawn(c.benchmarks, c.runs, 0, random);
      open += same.verdict.count(Outcome::kInconclusive) > 0 ? 1 : 0;
      false_alarms += same.verdict.failing() > 0 ? 1 : 0;
    }
    for (int i = 0; i < kSuites / 10; i++) {
      const Judged slower = drawn(c.benchmarks, c.runs, c.change, random);
      const Outcome outcome = slower.verdict.judgements[0].outcome;
      passed += outcome == Outcome::kRegressed || outcome == Outcome::kInconclusive ? 0 : 1;
    }
    SUCCEED(c.benchmarks << " benchmarks, " << c.runs << " runs: " << 100.0 * open / kSuites
                         << "% of suites that did not change are inconclusive, "
                         << 100.0 * false_alarms / kSuites << "% regressed");
    CHECK(100.0 * open / kSuites <= c.most_open);
    CHECK(false_alarms <= 0.05 * kSuites);
    CHECK(passed == 0);
  }
}

TEST_CASE("of more benchmarks than p of a quantile bears a clear regression is inconclusive") {
  std::string before, after;
  for (size_t i = 0; i < 501; i++) {
    before += lines("B" + std::to_string(i), around(100, 10, 1), "ns/op");
    after += lines("B" + std::to_string(i), around(i == 0 ? 200 : 100, 10, 1), "ns/op");
  }
  Judged judged;
  judged.options.quantile = 0.5;
  judged.run({{"old", before}, {"new", after}});
  CHECK(judged.verdict.judgements[0].outcome == Outcome::kInconclusive);
  CHECK(judged.verdict.count(Outcome::kUnchanged) == 500);
}

// Of one run each all resamples are the same: 10.0 against 10.1 was a regression, p 0.000. Of samples of one
// distribution 33% at n = 2 were, 18% at 5, 17% at 10.
TEST_CASE("a quantile of too few runs is inconclusive, whatever the bootstrap says") {
  for (const double threshold : {0.0, 0.05}) {
    for (const auto& [runs, outcome] : {std::pair<size_t, Outcome>{1, Outcome::kInconclusive},
                                        {10, Outcome::kInconclusive},
                                        {49, Outcome::kInconclusive},
                                        {50, Outcome::kRegressed}}) {
      for (const double slower : {100.1, 120.0}) {
        if (outcome == Outcome::kRegressed && slower < 110) continue;
        CAPTURE(threshold, runs, slower);
        Judged judged;
        judged.options.quantile = 0.9;
        judged.policy.threshold = threshold;
        judged.run({{"old", lines("A", around(100, runs, 0.01), "ns/op")},
                    {"new", lines("A", around(slower, runs, 0.01), "ns/op")}});
        CHECK(judged.only() == outcome);
        const double p = judged.tables.tables[0].rows[0].cells[1].comparison->p;
        CHECK(p >= (runs == 1 ? 1 : 0.0001));
      }
    }
  }
}

// More than 50 runs are compared by an approximation, which cannot get below 0.09 here.
TEST_CASE("one run against sixty is no reason to say unchanged") {
  for (const auto& many : {around(230, 60, 0.1), std::vector<double>(60, 100)}) {
    Judged judged;
    judged.run({{"old", lines("A", {100}, "ns/op")}, {"new", lines("A", many, "ns/op")}});
    CHECK(judged.only() == Outcome::kInconclusive);
  }
}

// Pairs that are equal are ranked and left out: of six with one such p is 0.06 at least.
TEST_CASE("five pairs of six that doubled are not unchanged, equal pairs are") {
  const std::vector<double> before = {10, 11, 12, 13, 14, 15};
  const auto outcome = [&](const std::vector<double>& after) {
    Judged judged;
    judged.options.paired = true;
    judged.run({{"old", lines("A", before, "ns/op")}, {"new", lines("A", after, "ns/op")}});
    return judged.only();
  };
  CHECK(outcome({20, 22, 24, 26, 28, 15}) == Outcome::kInconclusive);
  CHECK(outcome({20, 22, 24, 26, 28, 30}) == Outcome::kRegressed);
  CHECK(outcome({10, 11, 12, 13, 14, 30}) == Outcome::kUnchanged);
  CHECK(outcome(before) == Outcome::kUnchanged);
}

// Zeros are left out: of ten such pairs often four or so are left, of one sign, with p = 0.125.
TEST_CASE("pairs of a coarse clock that did not change left most suites inconclusive", "[error-rates]") {
  std::mt19937 random(43);
  int open = 0;
  for (int suite = 0; suite < 40; suite++) {
    std::string texts[2];
    for (std::string& text : texts) {
      for (size_t i = 0; i < 30; i++) {
        std::vector<double> values;
        for (int run = 0; run < 10; run++)
          values.push_back(std::round(std::normal_distribution<>(100, 0.5)(random)));
        text += lines("B" + std::to_string(i), values, "ns/op");
      }
    }
    Judged judged;
    judged.options.paired = true;
    judged.run({{"old", texts[0]}, {"new", texts[1]}});
    open += judged.verdict.count(Outcome::kInconclusive) > 0 ? 1 : 0;
  }
  CHECK(open <= 8);  // they were 34
}

// "About 1 more run" was said of all of these.
TEST_CASE("as many more runs are asked for as a change needs to be significant, or none where none help") {
  struct Case {
    const char* name;
    size_t benchmarks, before, after;
    double center, alpha, threshold, quantile;
    const char* words;
  };
  const Case cases[] = {
      {"many tests", 100, 5, 5, 100, 0.05, 0, 0, "about 3 more runs of each would tell"},
      {"many tests, uneven", 100, 5, 8, 100, 0.05, 0, 0, "about 1 more run of each would tell"},
      {"a small alpha", 1, 6, 6, 100, 0.0001, 0, 0, "about 3 more runs of each would tell"},
      {"a threshold", 100, 5, 5, 100, 0.05, 0.05, 0, "about 3 more runs of each would tell"},
      {"a quantile", 1, 20, 20, 100, 0.05, 0, 0.9, "about 30 more runs of each would tell"},
      {"more tests than p of a quantile bears", 501, 10, 10, 100, 0.05, 0, 0.5, nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    std::string before = lines("B0", around(c.center, c.before, 0.01), "ns/op"),
                after = lines("B0", around(2 * c.center, c.after, 0.01), "ns/op");
    for (size_t i = 1; i < c.benchmarks; i++) {
      before += lines("B" + std::to_string(i), around(100, c.before, 1), "ns/op");
      after += lines("B" + std::to_string(i), around(100, c.after, 1), "ns/op");
    }
    Judged judged;
    judged.options.alpha = c.alpha;
    judged.options.quantile = c.quantile;
    judged.policy.threshold = c.threshold;
    judged.run({{"old", before}, {"new", after}});
    const Judgement& first = judged.verdict.judgements[0];
    CHECK(first.outcome == Outcome::kInconclusive);
    const std::string words = describe(first, judged.tables);
    if (c.words != nullptr) CHECK_THAT(words, Catch::EndsWith(c.words));
    if (c.words == nullptr) CHECK(words.find("would tell") == std::string::npos);
  }

  // Over a median of 0 a change has no size, however many runs there are.
  Judged zero;
  zero.policy.threshold = 0.05;
  zero.run({{"old", lines("A", {0, 0, 0, 0, 0, 1, 2, 3}, "ns/op")},
            {"new", lines("A", {0, 0, 0, 0, 1, 2, 3, 4}, "ns/op")}});
  CHECK(zero.only() == Outcome::kInconclusive);
  CHECK(zero.words().find("would tell") == std::string::npos);
}

// The modes are 100 and 110, then 105 and 125: the old median is in the upper one, the new one in the lower.
// It was "improved -3.82% [+4.36%, +13.65%]", and passed.
TEST_CASE("a slowdown whose median falls, for it has two modes, is no improvement") {
  const auto modes = [](double low, size_t lows, double high, size_t highs) {
    std::vector<double> values = around(low, lows, 0.1);
    for (const double value : around(high, highs, 0.1)) values.push_back(value);
    return values;
  };
  const std::string before = lines("A", modes(100, 9, 110, 11), "ns/op"),
                    after = lines("A", modes(105, 11, 125, 9), "ns/op");
  for (const double threshold : {0.0, 0.02}) {
    for (const bool reversed : {false, true}) {
      CAPTURE(threshold, reversed);
      Judged judged;
      judged.policy.threshold = threshold;
      judged.run({{"old", reversed ? after : before}, {"new", reversed ? before : after}});
      CHECK(judged.only() == Outcome::kInconclusive);
      CHECK_THAT(describe(judged.verdict.judgements[0], judged.tables),
                 Catch::EndsWith("; the medians and the shift disagree, as of two modes"));
    }
  }
}

// All were "unchanged", and passed, or the last ones "about 1 more run of each would tell".
TEST_CASE(
    "a slowdown that leaves the median where it was, or moves it less than the threshold, is not unchanged") {
  const auto mode = [](double value, size_t count) { return std::vector<double>(count, value); };
  const auto both = [](std::vector<double> low, const std::vector<double>& high) {
    low.insert(low.end(), high.begin(), high.end());
    return lines("A", low, "ns/op");
  };
  const struct {
    std::string before, after;
    double threshold;
  } cases[] = {
      {both(mode(100, 9), mode(140, 11)), both(mode(140, 11), mode(200, 9)), 0},
      {both(mode(9, 9), mode(10, 11)), both(mode(10, 11), mode(11, 9)), 0},
      {both(mode(100, 9), mode(140, 11)), both(mode(140, 11), mode(200, 9)), 0.05},
      {both(around(100, 19, 0.1), around(140, 21, 0.1)), both(around(130, 21, 0.1), around(200, 19, 0.1)),
       0.1},
  };
  for (const auto& c : cases) {
    CAPTURE(c.before, c.after, c.threshold);
    Judged judged;
    judged.policy.threshold = c.threshold;
    judged.run({{"old", c.before}, {"new", c.after}});
    CHECK(judged.only() == Outcome::kInconclusive);
    CHECK_THAT(describe(judged.verdict.judgements[0], judged.tables),
               Catch::EndsWith("; the medians and the shift disagree, as of two modes"));
  }
}

// They were improvements in 24 of 300.
TEST_CASE("where both of two modes are slower by 4% none of 300 verdicts is an improvement",
          "[error-rates]") {
  std::mt19937 random(47);
  const auto draw = [&](double slower) {
    std::vector<double> values;
    for (int run = 0; run < 20; run++) {
      const double mode = random() % 2 == 0 ? 100 : 112;
      values.push_back(std::normal_distribution<>(mode, 0.5)(random) * slower);
    }
    return lines("A", values, "ns/op");
  };
  int improved = 0, regressed = 0;
  for (int i = 0; i < 300; i++) {
    Judged judged;
    judged.policy.threshold = 0.01;
    const std::string before = draw(1), after = draw(1.04);
    judged.run({{"old", before}, {"new", after}});
    improved += judged.only() == Outcome::kImproved ? 1 : 0;
    regressed += judged.only() == Outcome::kRegressed ? 1 : 0;
  }
  CHECK(improved == 0);
  CHECK(regressed > 0);
}

TEST_CASE("runs that vary too much for any number of them were said to be too near to the threshold") {
  Judged judged;
  judged.policy.threshold = 0.1;
  judged.run(
      {{"old", lines("A", around(100, 20, 9), "ns/op")}, {"new", lines("A", around(109, 20, 9), "ns/op")}});
  CHECK(judged.only() == Outcome::kInconclusive);
  CHECK_THAT(judged.words(),
             Catch::Contains("; it is too noisy, or too near to the threshold, for more runs"));
}
