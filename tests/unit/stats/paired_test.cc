// Pairs of runs: the signed rank test against enumeration and figures worked out from its definition, its
// interval, and how often both are wrong.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "stats/benchmath/signed_rank.h"
#include "stats/table/paired.h"
#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;
using Values = std::vector<double>;

namespace {

// By its definition: every choice of signs, each as likely as any other.
double enumerated_p(const Values& differences) {
  const size_t n = differences.size();
  Values ranks(n, 0);
  for (size_t i = 0; i < n; i++) {
    if (differences[i] == 0) continue;
    for (const double other : differences) {
      const double mine = std::fabs(differences[i]), its = std::fabs(other);
      ranks[i] += its < mine ? 1 : its == mine ? 0.5 : 0;
    }
    ranks[i] += 0.5;
  }
  double w = 0;
  for (size_t i = 0; i < n; i++) w += differences[i] > 0 ? ranks[i] : 0;
  double below = 0, above = 0;
  for (size_t signs = 0; signs < size_t{1} << n; signs++) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (signs >> i & 1) != 0 ? ranks[i] : 0;
    below += sum <= w ? 1 : 0;
    above += sum >= w ? 1 : 0;
  }
  return std::min(1.0, 2 * std::min(below, above) / std::ldexp(1, static_cast<int>(n)));
}

}  // namespace

TEST_CASE("the signed rank test is what enumeration says, with ties and zeros, up to 12 pairs") {
  std::mt19937 random(17);
  for (int n = 1; n <= 12; n++) {
    for (int round = 0; round < 25; round++) {
      Values differences;
      const int distinct = 1 + static_cast<int>(random() % 9);
      for (int i = 0; i < n; i++)
        differences.push_back(static_cast<int>(random() % static_cast<unsigned>(2 * distinct + 1)) -
                              distinct / 2);
      CAPTURE(differences);
      const SignedRankTest test = signed_rank(differences);
      if (test.all_equal) continue;
      CHECK(test.p == Approx(enumerated_p(differences)).epsilon(1e-12));
      for (double& difference : differences) difference = -difference;
      CHECK(signed_rank(differences).p == Approx(test.p).epsilon(1e-12));
    }
  }
}

TEST_CASE("signed ranks of Hollander and Wolfe's depression scores (1973, table 3.1): V = 40, p = 0.03906") {
  const Values x = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30},
               y = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  Values differences;
  for (size_t i = 0; i < x.size(); i++) differences.push_back(x[i] - y[i]);
  const SignedRankTest test = signed_rank(differences);
  CHECK(test.w == 40);
  CHECK(test.p == Approx(0.0390625).epsilon(1e-12));
}

TEST_CASE("the normal approximation goes on where the exact distribution ends") {
  std::mt19937 random(19);
  for (int round = 0; round < 50; round++) {
    Values differences;
    for (int i = 0; i < 50; i++) differences.push_back(std::normal_distribution<>(0.2)(random));
    const double exact = signed_rank(differences).p;
    differences.push_back(1e-9);  // the 51st, of the lowest rank
    CHECK(signed_rank(differences).p == Approx(exact).margin(0.03));
  }
}

TEST_CASE("equal ratios are ties whichever side is slower") {
  const auto pairs = paired_differences(Values{100, 202, 300}, Values{101, 200, 303});
  CHECK(pairs.logarithmic);
  CHECK(pairs.values[0] == -pairs.values[1]);
  CHECK(pairs.values[0] == pairs.values[2]);
  CHECK_FALSE(paired_differences(Values{0, 1}, Values{1, 1}).logarithmic);
}

TEST_CASE("the pseudo-median by hand, and from many pairs as from few") {
  // Differences 1 2 4: means 1 1.5 2 2.5 3 4.
  const Shift shift = estimate_paired_shift(Values{0, 0, 10}, Values{1, 2, 14}, 0.5, 0.25);
  CHECK_FALSE(shift.logarithmic);
  CHECK(std::isinf(shift.estimate));  // over a median of 0
  const Shift scaled = estimate_paired_shift(Values{10, -10, 10}, Values{11, -8, 14}, 0.5, 0.25);
  CHECK(scaled.estimate == Approx(0.225));
  CHECK(scaled.lo == Approx(0.15));  // P(W < 2) = 2/8
  CHECK(scaled.hi == Approx(0.3));
  CHECK(scaled.cliff == 1);
  CHECK(std::isinf(estimate_paired_shift(Values{1, 2, 4}, Values{2, 3, 5}, 0.95, 0.05).hi));
  std::mt19937 random(23);
  Values first, second;
  for (int i = 0; i < 1200; i++) {
    first.push_back(std::lognormal_distribution<>(0, 0.5)(random));
    second.push_back(first.back() * 1.1 * std::lognormal_distribution<>(0, 0.05)(random));
  }
  const Shift many = estimate_paired_shift(first, second, 0.95, 0.05);
  CHECK(many.estimate == Approx(0.1).margin(0.01));
  CHECK(many.lo < 0.1);
  CHECK(many.hi > 0.1);
}

TEST_CASE("pairs: false positives at 0.05, coverage of the interval, agreement of both", "[error-rates]") {
  struct {
    const char* name;
    bool tied;
    double (*draw)(std::mt19937&);
  } const distributions[] = {
      {"normal", false, [](std::mt19937& r) { return std::normal_distribution<>()(r); }},
      {"heavy tails", false, [](std::mt19937& r) { return std::cauchy_distribution<>()(r); }},
      {"uniform", false, [](std::mt19937& r) { return std::uniform_real_distribution<>(-1, 1)(r); }},
      {"bimodal", false, [](std::mt19937& r) { return std::normal_distribution<>(r() % 2 ? -5 : 5)(r); }},
      {"ties", true, [](std::mt19937& r) { return std::round(std::normal_distribution<>(0, 2)(r)); }},
      {"two exponentials", false,
       [](std::mt19937& r) {
         return std::exponential_distribution<>()(r) - std::exponential_distribution<>()(r);
       }},
  };
  constexpr int kRounds = 6000;
  for (const auto& distribution : distributions) {
    for (const int n : {8, 10, 20, 60}) {
      std::mt19937 random(29);
      int found = 0, held = 0;
      for (int round = 0; round < kRounds; round++) {
        Values first, second;
        for (int i = 0; i < n; i++) {
          const double machine = 100 + 0.2 * i;  // which both sides of a pair share
          first.push_back(machine);
          second.push_back(machine * std::exp(0.01 * std::clamp(distribution.draw(random), -1e3, 1e3)));
        }
        const PairedDifferences differences = paired_differences(first, second);
        const double p = signed_rank(differences.values, differences.rounding).p;
        const Shift shift = estimate_paired_shift(first, second, 0.95, 0.05);
        const bool holds = shift.lo <= 0 && shift.hi >= 0;
        found += p <= 0.05 ? 1 : 0;
        held += holds ? 1 : 0;
        if (!distribution.tied && n <= 20) CHECK(holds == (p > 0.05));
      }
      const double noise = 3.3 * std::sqrt(0.05 * 0.95 / kRounds);
      CAPTURE(distribution.name, n, found, held);
      SUCCEED("paired, " << distribution.name << ", n=" << n << ": false positives "
                         << 100.0 * found / kRounds << "%, coverage " << 100.0 * held / kRounds << "%");
      CHECK(found <= (0.05 + noise) * kRounds);
      CHECK(found >= 0.02 * kRounds);
      CHECK(held >= (0.935 - noise) * kRounds);
      if (!distribution.tied) CHECK(held <= (0.965 + noise) * kRounds);
    }
  }
}

TEST_CASE("a machine that drifts hides a change from columns, not from pairs") {
  Values before, after;
  for (int i = 0; i < 10; i++) {
    before.push_back(100 + 10 * i);
    after.push_back((100 + 10 * i) * (1.02 + 0.001 * (i * 7 % 10)));
  }
  for (const bool paired : {false, true}) {
    Judged judged;
    judged.options.paired = paired;
    judged.policy.threshold = 0.01;
    judged.run({{"old", lines("A", before, "ns/op")}, {"new", lines("A", after, "ns/op")}});
    CHECK(judged.only() == (paired ? Outcome::kRegressed : Outcome::kInconclusive));
    if (paired) CHECK(judged.verdict.judgements[0].change == Approx(0.0245).margin(0.001));
  }
}

TEST_CASE("runs that cannot be paired are an error that names the benchmark") {
  const auto error = [](const std::string& before, const std::string& after, const Layout& layout = {}) {
    UnitMetadata units;
    const auto builder = TableBuilder::make(layout, units);
    for (const auto& [name, text] : {std::pair("old", before), std::pair("new", after)}) {
      Source source{name, {}, units, **builder};
      source.config.set(".file", name, false);
      REQUIRE(read_benchmarks(text, source));
    }
    Options options;
    options.paired = true;
    Tables tables = (*builder)->build(options, TableBuilder::Runs::kKeep);
    const auto done = compare_in_pairs(tables, options);
    return done ? std::string() : done.error().message();
  };
  CHECK(error(lines("A", {1, 2, 3}, "ns/op"), lines("A", {1, 2, 3}, "ns/op")).empty());
  CHECK(error(lines("A", {1, 2, 3}, "ns/op"), lines("B", {1, 2}, "ns/op")).empty());
  CHECK(error(lines("A", {1, 2, 3}, "ns/op"), lines("A", {1, 2}, "ns/op"))
            .find("--paired: A sec/op: the baseline has 3 runs, column 2 has 2") != std::string::npos);
  CHECK(error("BenchmarkA 1 NaN ns/op\nBenchmarkA 1 1 ns/op\n", lines("A", {1}, "ns/op")).find("NaN") !=
        std::string::npos);
  Layout by_run;
  by_run.run_key = "run";
  CHECK(error("run: 1\n" + lines("A", {1}, "ns/op"), "run: 2\n" + lines("A", {1}, "ns/op"), by_run) ==
        "--paired: A sec/op: no pair of runs is in every column (--run-key)");
}

namespace {

// Runs [first, end) on a machine that becomes slower by a fifth from run to run.
std::string keyed_runs(int first, int end, double times, const std::string& before,
                       const std::string& behind) {
  std::string text;
  for (int run = first; run < end; run++)
    text += before + std::to_string(run) + behind + "\n" +
            lines("A", {100 * times * std::pow(1.2, run)}, "ns/op");
  return text;
}

}  // namespace

// The i-th runs of both were compared, whatever their keys: 5% more was 12.5% less.
TEST_CASE("pairs are runs of one key, also where a side lacks a run") {
  for (const bool is_from_run : {false, true}) {
    const std::string before = is_from_run ? "# pair " : "run: ",
                      behind = is_from_run ? " of benchcmp run" : "";
    Judged judged;
    judged.options.paired = judged.layout.pairs = true;
    if (!is_from_run) judged.layout.run_key = "run";
    judged.policy.threshold = 0.03;
    judged.run(
        {{"old", keyed_runs(1, 9, 1, before, behind)}, {"new", keyed_runs(0, 8, 1.05, before, behind)}});
    CAPTURE(judged.words());
    CHECK(judged.only() == Outcome::kRegressed);
    CHECK(judged.verdict.judgements[0].change == Approx(0.05));
    const Row& row = judged.tables.tables[0].rows[0];
    CHECK(row.cells[1].summary.center == Approx(1.05 * row.cells[0].summary.center));
    for (const Cell& cell : row.cells)
      CHECK(cell.warnings.texts() == std::vector<std::string>{"1 of 8 runs left out: they have no pair"});
  }
}

// 0.3 - 0.1 and 0.4 - 0.2 differ in their last bit: p depended on the unit that values were written in.
TEST_CASE("differences that are equal but for rounding are ties, in any unit") {
  const Values first = {-1, 2, 3, 5, -4, 7, 1, 6}, second = {1, 4, 1, 8, -1, 9, 4, 4};
  const auto p_of = [&](double unit) {
    Values a, b;
    for (const double value : first) a.push_back(value / unit);
    for (const double value : second) b.push_back(value / unit);
    const PairedDifferences differences = paired_differences(a, b);
    CHECK_FALSE(differences.logarithmic);
    return signed_rank(differences.values, differences.rounding).p;
  };
  const double p = p_of(1);
  for (const double unit : {10.0, 1000.0, 3.0, 1e9}) CHECK(p_of(unit) == Approx(p).epsilon(1e-12));

  const Values base = {1, 1.1, 1.3, 2.2, 0.7}, more = {1.1, 1.21, 1.43, 2.42, 0.77};  // each by a tenth
  const PairedDifferences ratios = paired_differences(base, more);
  CHECK(ratios.logarithmic);
  CHECK(signed_rank(ratios.values, ratios.rounding).w == 15);
}

TEST_CASE("one pair of large values does not make the others ties") {
  const auto p_of = [](double last) {
    const Values first(11, 0), second = {1, -2, 3, -4, 5, 6, 7, 8, 9, 10, last};
    const PairedDifferences differences = paired_differences(first, second);
    return signed_rank(differences.values, differences.rounding).p;
  };
  CHECK(p_of(1e17) == p_of(1000));
}
