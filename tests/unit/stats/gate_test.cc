// The verdict: thresholds, directions, waivers, what is missing, and when nothing can be said.
#include <catch2/catch.hpp>

#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

TEST_CASE("three verdicts: significant and large, equal within the threshold, or not known") {
  struct {
    const char* name;
    std::vector<double> before, after;
    double threshold;
    Outcome outcome;
  } const cases[] = {
      {"worse", around(100, 10, 0.1), around(110, 10, 0.1), 0.05, Outcome::kRegressed},
      {"better", around(110, 10, 0.1), around(100, 10, 0.1), 0.05, Outcome::kImproved},
      {"significant, but small", around(100, 10, 0.1), around(102, 10, 0.1), 0.05, Outcome::kUnchanged},
      {"the same", around(100, 10, 0.1), around(100, 10, 0.1), 0.05, Outcome::kUnchanged},
      {"too noisy", around(100, 10, 8), around(102, 10, 8), 0.05, Outcome::kInconclusive},
      {"large, but three runs", around(100, 3, 0.1), around(200, 3, 0.1), 0.05, Outcome::kInconclusive},
      {"no threshold, any amount", around(100, 10, 0.1), around(101, 10, 0.1), 0, Outcome::kRegressed},
      {"no threshold, the same", around(100, 10, 8), around(101, 10, 8), 0, Outcome::kUnchanged},
      {"no threshold, three runs", around(100, 3, 1), around(200, 3, 1), 0, Outcome::kInconclusive},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    Judged judged;
    judged.policy.threshold = c.threshold;
    judged.run({{"old", lines("A", c.before, "ns/op")}, {"new", lines("A", c.after, "ns/op")}});
    CHECK(judged.only() == c.outcome);
  }
}

// 50 ns and 55 ns passed at 10%, for in binary the change is a little less; 100 and 110 were inconclusive,
// for the medians were below the threshold and the shift was not.
TEST_CASE("a change of exactly the threshold is a regression, in whatever unit it was measured") {
  const struct {
    double before, after, threshold;
  } cases[] = {{50, 55, 0.1}, {100, 110, 0.1}, {100, 105, 0.05}, {1000, 1050, 0.05}, {100, 102, 0.02}};
  for (const auto& c : cases) {
    for (const char* unit : {"ns/op", "us/iter", "ms", "MB/s"}) {
      CAPTURE(c.before, c.after, unit);
      Judged judged;
      judged.policy.threshold = c.threshold;
      for (const std::string& better : {std::string("us/iter=lower"), std::string("ms=lower")})
        (void)add_better(better, judged.units);
      const std::string low = lines("A", std::vector<double>(8, c.before), unit),
                        high = lines("A", std::vector<double>(8, c.after), unit);
      const bool is_time = std::string_view(unit) != "MB/s";
      judged.run({{"old", low}, {"new", high}});
      CHECK(judged.only() == (is_time ? Outcome::kRegressed : Outcome::kImproved));
      judged.policy.threshold = 1 - c.before / c.after;
      judged.run({{"old", high}, {"new", low}});
      CHECK(judged.only() == (is_time ? Outcome::kImproved : Outcome::kRegressed));
      judged.policy.threshold = c.threshold * 1.0001;
      judged.run({{"old", low}, {"new", high}});
      CHECK(judged.only() == Outcome::kUnchanged);
    }
  }
}

TEST_CASE("inconclusive says about how many more runs would tell, and that many do") {
  const auto outcome = [](size_t runs) {
    Judged judged;
    judged.policy.threshold = 0.05;
    // The same spread whatever the number of runs.
    const double step = 40.0 / static_cast<double>(runs);
    judged.run({{"old", lines("A", around(100, runs, step), "ns/op")},
                {"new", lines("A", around(100.5, runs, step), "ns/op")}});
    return judged.verdict.judgements.at(0);
  };
  const Judgement few = outcome(10);
  REQUIRE(few.outcome == Outcome::kInconclusive);
  CHECK(few.more_runs > 10);
  CHECK(outcome(10 + static_cast<size_t>(1.5 * few.more_runs)).outcome == Outcome::kUnchanged);
}

TEST_CASE("counts that do not vary are strict at one run") {
  const auto judged = [](const std::string& unit, double before, double after, double threshold) {
    Judged result;
    result.policy.units[unit] = threshold;
    result.run({{"old", lines("A", {before}, unit)}, {"new", lines("A", {after}, unit)}});
    return result.only();
  };
  CHECK(judged("allocs/op", 12, 13, 0) == Outcome::kRegressed);
  CHECK(judged("allocs/op", 0, 1, 0) == Outcome::kRegressed);
  CHECK(judged("allocs/op", 13, 12, 0) == Outcome::kImproved);
  CHECK(judged("allocs/op", 12, 12, 0) == Outcome::kUnchanged);
  CHECK(judged("B/op", 1000, 1020, 0.03) == Outcome::kUnchanged);
  CHECK(judged("B/op", 1000, 1040, 0.03) == Outcome::kRegressed);
  CHECK(judged("sec/op", 12, 13, 0) == Outcome::kInconclusive);
}

// Their median was NaN, inf - inf: 100 ns against inf passed as unchanged, 0 against inf was an improvement.
// The mode alone decided: "unchanged" where nine of ten runs took more, and "exact" where one run moved it.
TEST_CASE("a unit that is declared exact and varies is tested, and that is told") {
  const auto judged = [](std::vector<double> before, std::vector<double> after, bool paired) {
    const std::string unit = "Unit allocs/op assume=exact\n";
    Judged made;
    made.options.paired = paired;
    made.run(
        {{"old", unit + lines("A", before, "allocs/op")}, {"new", unit + lines("A", after, "allocs/op")}});
    return made;
  };
  const std::vector<double> ones(10, 1), more = {1, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const Judged worse = judged(ones, more, false);
  CHECK(worse.only() == Outcome::kRegressed);
  CHECK(worse.verdict.judgements[0].change == Approx(3.5));
  CHECK_FALSE(worse.verdict.judgements[0].deterministic);
  CHECK(judged(ones, more, true).only() == Outcome::kRegressed);
  const std::vector<double> old_modes = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2},
                            new_modes = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2};
  CHECK(judged(old_modes, new_modes, false).only() != Outcome::kRegressed);
  CHECK_THAT(worse.words(), Catch::Contains("declared exact (assume=exact) but values vary"));
  const Judged exact = judged(ones, std::vector<double>(10, 2), false);
  CHECK(exact.verdict.judgements[0].deterministic);
  CHECK(exact.only() == Outcome::kRegressed);
}

TEST_CASE("infinite values are larger than any other") {
  struct {
    const char *before, *after;
    Outcome outcome;
    const char* words;  // of the change
  } const cases[] = {{"100", "inf", Outcome::kRegressed, "A  sec/op +Inf% ("},
                     {"inf", "100", Outcome::kImproved, "A  sec/op -100.00% ("},
                     {"0", "inf", Outcome::kRegressed, "A  sec/op from 0 ("},
                     {"0", "100", Outcome::kRegressed, "A  sec/op from 0 ("},
                     {"inf", "inf", Outcome::kUnchanged, "1 unchanged"},
                     {"-inf", "inf", Outcome::kInconclusive, "1 inconclusive"}};
  for (const auto& c : cases) {
    CAPTURE(c.before, c.after);
    const auto eight = [](const std::string& value) {
      std::string text;
      for (int i = 0; i < 8; i++) text += "BenchmarkA 1 " + value + " ns/op\n";
      return text;
    };
    Judged judged;
    judged.run({{"old", eight(c.before)}, {"new", eight(c.after)}});
    CHECK(judged.only() == c.outcome);
    CHECK_THAT(judged.words(), Catch::Contains(c.words));
    for (const Cell& cell : judged.tables.tables[0].rows[0].cells) CHECK(cell.summary.warnings.empty());
  }
}

TEST_CASE("which direction is better: the flag, then the input, then the unit") {
  const auto outcome = [](const std::string& unit, const std::string& head, const char* flag) {
    Judged judged;
    if (*flag != '\0') REQUIRE(add_better(flag, judged.units));
    judged.run({{"old", head + lines("A", around(100, 10, 0.1), unit)},
                {"new", lines("A", around(110, 10, 0.1), unit)}});
    return judged.only();
  };
  CHECK(outcome("ns/op", "", "") == Outcome::kRegressed);
  CHECK(outcome("MB/s", "", "") == Outcome::kImproved);
  CHECK(outcome("widgets", "", "") == Outcome::kUndirected);
  CHECK(outcome("widgets", "Unit widgets better=lower\n", "") == Outcome::kRegressed);
  CHECK(outcome("widgets", "Unit widgets better=lower\n", "widgets=higher") == Outcome::kImproved);
  CHECK(outcome("ns/op", "", "ns/op=higher") == Outcome::kImproved);
}

TEST_CASE("p-values are corrected over every test made") {
  // One p of 0.041 among twenty tests of equal samples.
  std::string before = lines("A", {1, 2, 3, 4, 5, 6}, "ns/op"),
              after = lines("A", {3.5, 5.5, 5.6, 7, 8, 9}, "ns/op");
  for (int i = 0; i < 19; i++) {
    before += lines("B" + std::to_string(i), {1, 2, 3, 4, 5, 6}, "widgets");
    after += lines("B" + std::to_string(i), {1.1, 1.9, 3.1, 3.9, 5.1, 5.9}, "widgets");
  }
  const auto outcome = [&](Correction correction) {
    Judged judged;
    judged.policy.correction = correction;
    judged.run({{"old", before}, {"new", after}});
    CHECK(judged.verdict.tests == 20);
    for (const Judgement& judgement : judged.verdict.judgements) {
      if (judged.tables.tables[judgement.table].unit == "sec/op") return judgement.outcome;
    }
    return Outcome::kUndirected;
  };
  CHECK(outcome(Correction::kNone) == Outcome::kRegressed);
  CHECK(outcome(Correction::kBenjaminiHochberg) == Outcome::kUnchanged);
  CHECK(outcome(Correction::kHolm) == Outcome::kUnchanged);
}

// The second was said to match no regression, and to be removed.
TEST_CASE("of two waivers that match one regression neither is told to match none") {
  Judged judged;
  judged.policy.waivers = *parse_waivers("2999-01-01 sec/op A\n2999-01-01 * *\n", "w");
  judged.run({{"old", lines("A", around(100, 10, 0.1), "ns/op")},
              {"new", lines("A", around(120, 10, 0.1), "ns/op")}});
  REQUIRE(judged.verdict.judgements.size() == 1);
  CHECK(judged.verdict.judgements[0].waiver == &judged.policy.waivers[0]);
  CHECK(judged.verdict.warnings.empty());
}

TEST_CASE("waivers hold until their date, and say when they do nothing") {
  const auto waivers = parse_waivers(
      "# known\n2026-06-15 sec/op A/* # a safer hash\n2026-06-14 * \"B x\"\n\n2030-01-01 * nothing\n", "w");
  REQUIRE(waivers);
  Judged judged;
  judged.policy.waivers = *waivers;
  judged.run({{"old", lines("A/1", around(100, 10, 0.1), "ns/op") + "BenchmarkB\xC2\xA0 1 1 ns/op\n"},
              {"new", lines("A/1", around(110, 10, 0.1), "ns/op")}});
  CHECK(judged.verdict.failing() == 0);
  CHECK(judged.verdict.count(Outcome::kRegressed) == 1);
  CHECK_THAT(judged.words(), Catch::Contains("no regression, 1 waived") &&
                                 Catch::Contains("waived until 2026-06-15: a safer hash") &&
                                 Catch::Contains("w:5: the waiver matches no regression"));
  judged.policy.waivers = *parse_waivers("2026-06-14 * *", "w");
  judged.verdict = judge(judged.tables, judged.policy, judged.options, "2026-06-15");
  CHECK(judged.verdict.failing() == 1);
  CHECK_THAT(judged.words(), Catch::Contains("w:1: the waiver expired after 2026-06-14"));

  judged.policy.waivers = *parse_waivers("2026-06-15 ns/op *", "w");  // it matched nothing
  judged.verdict = judge(judged.tables, judged.policy, judged.options, "2026-06-15");
  CHECK(judged.verdict.failing() == 0);

  const std::pair<const char*, const char*> wrong[] = {
      {"tomorrow * *", "w:1: expected a date"},        {"\n2026-13-01 * *", "w:2: expected a date"},
      {"2026-02-30 * *", "w:1: expected a date"},      {"2026-01-01", "w:1: expected a unit"},
      {"2026-01-01 *", "w:1: expected a row"},         {"2026-01-01 * \"a", "w:1: expected a row"},
      {"2026-01-01 * a b", "w:1: expected # in front"}};
  for (const auto& [text, message] : wrong) {
    const auto parsed = parse_waivers(text, "w");
    REQUIRE_FALSE(parsed);
    CHECK_THAT(parsed.error().message(), Catch::Contains(message));
  }
}

TEST_CASE("benchmarks that came and went are reported, also where a whole table did") {
  Judged judged;
  judged.run({{"old", lines("A", {1}, "ns/op") + lines("B", {1}, "ns/op")},
              {"new", lines("A", {1}, "ns/op") + lines("C", {1}, "ns/op") + lines("A", {1}, "x")}});
  REQUIRE(judged.verdict.vanished.size() == 1);
  CHECK(judged.verdict.vanished[0].row == "B");
  CHECK(judged.verdict.vanished[0].column == "new");
  REQUIRE(judged.verdict.added.size() == 2);
  CHECK(judged.verdict.added[0].row == "C");
  CHECK(judged.verdict.added[1].units == std::vector<std::string>{"x"});
}

TEST_CASE("a table without the baseline is not judged against another input") {
  Judged judged;
  judged.run({{"a", lines("A", around(1, 10, 0.01), "ns/op")},
              {"b", lines("B", around(1, 10, 0.01), "x=1/s")},
              {"c", lines("B", around(9, 10, 0.01), "x=1/s")}});
  CHECK(judged.verdict.judgements.empty());
}

TEST_CASE("oddities are told and change nothing") {
  const auto words = [](const std::vector<double>& values, const std::string& head = "") {
    Judged judged;
    judged.run(
        {{"old", lines("A", around(50, 12, 0.1), "ns/op")}, {"new", head + lines("A", values, "ns/op")}});
    return judged.words();
  };
  auto spoiled = around(50, 12, 0.1);
  spoiled[3] = 90;
  CHECK_THAT(words(spoiled),
             Catch::Contains("note") && Catch::Contains("outliers") && Catch::Contains("A sec/op in new"));
  CHECK_THAT(words({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), Catch::Contains("values rise over the runs"));
  CHECK_THAT(words({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}), Catch::Contains("values fall over the runs"));
  CHECK_THAT(words({1, 50, 1.1, 50.1, 1.2, 50.2, 1.3, 50.3, 1.4, 50.4}), Catch::Contains("two modes"));
  CHECK_THAT(words(std::vector<double>(12, 7)), Catch::Contains("identical values"));
  CHECK_THAT(words({1, 2, 1, 2, 1, 2, 1, 2, 1, 2}), Catch::Contains("the clock is coarse"));
  CHECK(words(around(50, 12, 0.1)).find("note") == std::string::npos);

  Judged machines;
  machines.run({{"old", "host_name: a\n" + lines("A", {1}, "ns/op")},
                {"new", "host_name: b\n" + lines("A", {1}, "ns/op")}});
  CHECK_THAT(machines.words(), Catch::Contains("different machines: host_name is a in old and b in new"));
}

TEST_CASE("samples without oddities rarely have notes") {
  unsigned state = 1;
  const auto draw = [&] {
    double sum = 0;
    for (int i = 0; i < 12; i++) {
      state = state * 1664525 + 1013904223;
      sum += static_cast<double>(state >> 8) / (1 << 24);
    }
    return 1000 + sum;
  };
  size_t noted = 0;
  constexpr size_t kSamples = 1000;
  for (size_t i = 0; i < kSamples; i++) {
    std::vector<double> values;
    for (int k = 0; k < 10; k++) values.push_back(draw());
    Judged judged;
    judged.run({{"old", lines("A", values, "ns/op")}});
    noted += judged.verdict.findings.empty() ? 0 : 1;
  }
  CHECK(noted < kSamples / 30);
}

TEST_CASE("the mean of changes has an interval that holds the truth") {
  Judged judged;
  judged.run(
      {{"old", lines("A", around(100, 10, 0.5), "ns/op") + lines("B", around(10, 10, 0.05), "ns/op")},
       {"new", lines("A", around(110, 10, 0.5), "ns/op") + lines("B", around(11, 10, 0.05), "ns/op")}});
  REQUIRE(judged.verdict.geomeans.size() == 1);
  const Geomean& mean = judged.verdict.geomeans[0];
  CHECK(mean.change == Approx(0.1).epsilon(0.01));
  CHECK((mean.lo < 0.1 && mean.hi > 0.1 && mean.lo > 0.05 && mean.hi < 0.15));
}

// Their shifts are not estimated, and an interval of width 0 was printed.
TEST_CASE("the mean of changes of a unit without a direction has no interval") {
  Judged judged;
  judged.run(
      {{"old", lines("A", around(100, 10, 5), "widgets") + lines("B", around(10, 10, 0.5), "widgets")},
       {"new", lines("A", around(110, 10, 5), "widgets") + lines("B", around(11, 10, 0.5), "widgets")}});
  CHECK(judged.verdict.geomeans.empty());
}

TEST_CASE("more tests than the least p of a test bears are warned of, once") {
  struct Case {
    double quantile;
    size_t runs, benchmarks;
    Correction correction;
    const char* warning;  // null: none
  };
  constexpr auto kBh = Correction::kBenjaminiHochberg;
  // 5 + 5 runs have p >= 2 / C(10, 5), a quantile p >= 0.0001: 6 and 500 of them are 0.05.
  const Case cases[] = {
      {0, 5, 6, kBh, nullptr},
      {0, 5, 7, kBh,
       "with 5 runs and 7 tests, a regression of one benchmark alone cannot be significant, only "
       "inconclusive; "
       "run 6 times or more, or test less"},
      {0, 5, 7, Correction::kNone, nullptr},
      {0.5, 2, 500, kBh, nullptr},
      {0.5, 2, 501, kBh,
       "with 501 tests, a regression of one benchmark alone cannot be significant, only inconclusive: p of a "
       "quantile is 0.0001 at least; test less, or use --correction none"},
      {0.5, 2, 501, Correction::kNone, nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.quantile, c.runs, c.benchmarks);
    std::string text;
    for (size_t i = 0; i < c.benchmarks; i++)
      text += lines("B" + std::to_string(i), around(100, c.runs, 1), "ns/op");
    Judged judged;
    judged.options.quantile = c.quantile;
    judged.policy.correction = c.correction;
    judged.run({{"old", text}, {"new", text}});
    CHECK(judged.verdict.warnings == (c.warning == nullptr ? prof::Warnings{} : prof::Warnings{c.warning}));
  }
}

TEST_CASE("a threshold of a unit that no result has is told") {
  Judged judged;
  REQUIRE(add_threshold("ns/op=3%", judged.policy));
  REQUIRE(add_threshold("foo=60", judged.policy));
  judged.run({{"old", lines("A", {1}, "ns/op")}, {"new", lines("A", {1}, "ns/op")}});
  CHECK(judged.verdict.warnings == prof::Warnings{"no result has the unit foo, which has a threshold"});
}

TEST_CASE("flags in words") {
  Policy policy;
  REQUIRE(add_threshold("ns/op=3%", policy));
  REQUIRE(add_threshold("2.5", policy));
  CHECK(policy.threshold_of("sec/op") == Approx(0.03));
  CHECK(policy.threshold_of("B/op") == Approx(0.025));
  for (const char* wrong : {"x", "", "-1", "=5", "B/op=", "B/op=inf", "5%%"})
    CHECK_FALSE(add_threshold(wrong, policy));
  UnitMetadata units;
  for (const char* wrong : {"x", "x=up", "=lower", ""}) CHECK_FALSE(add_better(wrong, units));
}

TEST_CASE("a verdict at confidence 1 has intervals without ends; it ended the program") {
  Judged judged;
  judged.options.confidence = 1;
  judged.run({{"old", lines("A", around(100, 10, 1), "ns/op") + lines("B", around(100, 10, 1), "ns/op")},
              {"new", lines("A", around(200, 10, 1), "ns/op") + lines("B", around(200, 10, 1), "ns/op")}});
  CHECK(judged.verdict.failing() == 2);
  CHECK(judged.verdict.geomeans.empty());
}

// It failed the build until the baseline lost it, and its waiver was told to match nothing.
TEST_CASE("a benchmark that was removed on purpose is waived by its row and any unit") {
  const auto judged_with = [](const std::string& waivers) {
    Judged judged;
    judged.policy.missing_fails = true;
    judged.policy.waivers = *parse_waivers(waivers, "w");
    const std::string kept = lines("A", around(100, 10, 0.1), "ns/op");
    judged.run({{"old", kept + lines("Gone", around(100, 10, 0.1), "ns/op")}, {"new", kept}});
    return judged;
  };
  const Judged waived = judged_with("2999-01-01 * Gone # no longer needed");
  CHECK(waived.verdict.missing(waived.policy) == 0);
  CHECK(waived.verdict.warnings.empty());
  CHECK_THAT(waived.words(),
             Catch::Contains("PASSED: no regression, 1 waived") &&
                 Catch::Contains("Gone  sec/op from new; waived until 2999-01-01: no longer needed"));
  for (const char* other : {"2026-06-14 * Gone", "2999-01-01 sec/op Gone", "2999-01-01 * A"}) {
    CAPTURE(other);
    const Judged failing = judged_with(other);
    CHECK(failing.verdict.missing(failing.policy) == 1);
    CHECK(failing.verdict.warnings.size() == 1);
  }
}

TEST_CASE("a byte order mark in front of waivers is no part of a date") {
  const auto waivers = parse_waivers(
      "\xEF\xBB\xBF"
      "2999-12-31 sec/op A # known\n",
      "w");
  REQUIRE(waivers);
  REQUIRE(waivers->size() == 1);
  CHECK(waivers->front().until == "2999-12-31");
}
