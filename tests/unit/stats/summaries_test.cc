// Benchmarks of which a side has a summary rather than runs, or both.
#include <catch2/catch.hpp>
#include <cmath>

#include "stats/table/render.h"
#include "tests/unit/stats/collect.h"
#include "tests/unit/stats/judged.h"

using namespace bench;
using namespace bench::test;

TEST_CASE(
    "Google Benchmark's aggregates without runs are compared by Welch's test, or with runs of the other "
    "side") {
  const auto entry = [](const char* statistic, double value, const char* repetitions) {
    return std::string(R"({"name": "A_x", "run_name": "A", "run_type": "aggregate", "aggregate_name": ")") +
           statistic + R"(", "iterations": 10, "time_unit": "us", "real_time": )" + std::to_string(value) +
           R"(, "items_per_second": )" + std::to_string(1 / value) + repetitions + "}";
  };
  const auto file = [&](double mean, const char* repetitions = R"(, "repetitions": 10)") {
    return R"({"context": {}, "benchmarks": [)" + entry("mean", mean, repetitions) + "," +
           entry("median", mean, repetitions) + "," + entry("stddev", mean / 100, repetitions) + "," +
           entry("cv", 0.01, repetitions) + "]}";
  };
  Judged slower;
  slower.run({{"old", file(100)}, {"new", file(300)}});
  REQUIRE(slower.verdict.judgements.size() == 2);
  CHECK(slower.verdict.judgements[0].outcome == Outcome::kRegressed);
  const Cell& cell = slower.tables.tables[0].rows[0].cells[0];
  REQUIRE(cell.moments != nullptr);
  CHECK(cell.moments->mean == Approx(100e-6));
  CHECK(cell.moments->deviation == Approx(1e-6));
  CHECK(cell.moments->size == 10);
  Judged mixed;
  mixed.run({{"old", lines("A", around(100e3, 10, 100), "ns/op")}, {"new", file(100.1)}});
  CHECK(mixed.verdict.judgements[0].outcome == Outcome::kUnchanged);
  Judged unknown;  // before 1.5
  unknown.run({{"old", file(100, "")}, {"new", file(300, "")}});
  CHECK(unknown.verdict.judgements.empty());
}

// The median of the one side was compared with the mean of the other: "-4.16% [+7.77%, +16.76%]".
TEST_CASE("skewed runs beside a summary have their mean in the table, the change and the geomean") {
  const std::vector<double> fast = {60, 70, 80, 90, 100, 120, 140, 180, 240, 400};
  std::vector<double> slow = fast;
  for (double& value : slow) value *= 1.12;
  const auto summary = [](const std::vector<double>& runs) {
    const Moments moments = Moments::of(runs);
    return "<Catch><BenchmarkResults name=\"A\" samples=\"10\"><mean value=\"" +
           std::to_string(moments.mean) + "\"/><standardDeviation value=\"" +
           std::to_string(moments.deviation) + "\"/></BenchmarkResults></Catch>";
  };
  const std::pair<std::string, std::string> sides[] = {{summary(fast), lines("A", slow, "ns/op")},
                                                       {lines("A", fast, "ns/op"), summary(slow)}};
  for (const auto& [before, after] : sides) {
    Judged judged;
    judged.run({{"old", before}, {"new", after}});
    REQUIRE(judged.verdict.judgements.size() == 1);
    CHECK(judged.verdict.judgements[0].change == Approx(0.12));
    CHECK(judged.verdict.judgements[0].shift->estimate == Approx(0.12));
    const Table& table = judged.tables.tables[0];
    CHECK(table.rows[0].cells[0].summary.center == Approx(148e-9));
    CHECK(*table.summaries[1].ratio == Approx(1.12));
    const std::string text = render_text(judged.tables, {});
    CHECK_THAT(text,
               Catch::Contains("mean and t-interval: other inputs of the row have summaries, not runs"));
    CHECK_THAT(text, Catch::Contains("mean and t-interval: the input has summaries, not runs"));
  }
}

// "(n=100)", as of exact values that are not tested.
TEST_CASE("p of summaries that is too small for a number is 0.000, not left out") {
  const auto summary = [](const char* mean) {
    return std::string("<Catch><BenchmarkResults name=\"A\" samples=\"10000\"><mean value=\"") + mean +
           "\"/><standardDeviation value=\"1\"/></BenchmarkResults></Catch>";
  };
  Judged judged;
  judged.run({{"old", summary("100")}, {"new", summary("300")}});
  CHECK_THAT(judged.words(), Catch::Contains("(p=0.000 n=10000)"));
}

// They were refused: only JSON was compared so.
TEST_CASE("aggregates without runs of Google Benchmark's console are compared by Welch's test, too") {
  const auto file = [](const std::string& mean, const std::string& deviation, const char* share = "1.00 %") {
    const std::string behind = " us 2.00 us 10 items_per_second=5k\n";
    return "Benchmark  Time  CPU  Iterations UserCounters...\nA_mean " + mean + behind + "A_median " + mean +
           behind + "A_stddev " + deviation + " us 0.00 us 10 items_per_second=10\n" +
           (share == nullptr ? "" : std::string("A_cv ") + share + " 1.00 % 10 items_per_second=0.20%\n");
  };
  Judged slower;
  slower.run({{"old", file("100", "1.00")}, {"new", file("300", "3.00")}});
  REQUIRE(slower.verdict.judgements.size() == 3);  // of CPU time and items/s, too
  CHECK(slower.verdict.judgements[0].outcome == Outcome::kRegressed);
  const Cell& cell = slower.tables.tables[0].rows[0].cells[0];
  REQUIRE(cell.moments != nullptr);
  CHECK(cell.moments->mean == Approx(100e-6));
  CHECK(cell.moments->size == 10);
  // 100 us is between 99.5 and 100.5, 1.00 is less than 1.005.
  CHECK(cell.moments->deviation == Approx(std::hypot(1.005e-6, 0.5e-6 * std::sqrt(10))));

  Judged rounded;  // 0.001 us may be half of it, or one and a half: no difference is told from that
  rounded.run({{"old", file("0.001", "0.000")}, {"new", file("0.002", "0.000")}});
  CHECK(rounded.verdict.judgements[0].outcome != Outcome::kRegressed);

  Judged old_version;  // before 1.6 the number may be that of iterations
  old_version.run({{"old", file("100", "1.00", nullptr)}, {"new", file("300", "3.00", nullptr)}});
  CHECK(old_version.verdict.judgements.empty());
}

// Only the last one counted, without a word.
TEST_CASE("aggregates of one name, as of outputs that follow each other, are all of its runs") {
  const auto console = [](const std::string& mean) {
    const auto row = [&](const std::string& statistic, const std::string& value) {
      return "A_" + statistic + " " + value + " ns " + value + " ns 10\n";
    };
    return "Benchmark  Time  CPU  Iterations\n" + row("mean", mean) + row("median", mean) +
           row("stddev", "1.00") + "A_cv 1.0 % 1.0 % 10\n";
  };
  const auto entry = [](const char* statistic, const std::string& value) {
    return R"({"name": "A_x", "run_name": "A", "run_type": "aggregate", "repetitions": 10, "aggregate_name": ")" +
           std::string(statistic) + R"(", "real_time": )" + value + "}";
  };
  const std::string json = R"({"context": {}, "benchmarks": [)" + entry("mean", "200") + "," +
                           entry("stddev", "1") + "," + entry("mean", "100") + "," + entry("stddev", "1") +
                           "]}";
  for (const std::string& both : {console("200") + console("100"), json}) {
    Judged judged;
    judged.run({{"old", console("100")}, {"new", both}});
    const Cell& cell = judged.tables.tables[0].rows[0].cells[1];
    REQUIRE(cell.moments != nullptr);
    CHECK(cell.moments->size == 20);
    CHECK(cell.moments->mean == Approx(150e-9));
    CHECK(judged.verdict.judgements[0].outcome == Outcome::kRegressed);
  }
}

// 0.6 us and 1.4 us were both 0.001 ms: "unchanged within 5%".
TEST_CASE("times that Google Benchmark's console prints with one digit are not known to be equal") {
  const auto file = [](const std::string& time) {
    std::string text = "Benchmark  Time  CPU  Iterations\n";
    for (int i = 0; i < 8; i++) text += "A " + time + " ms 12.3 ms 100\n";
    return text;
  };
  const auto outcomes = [&](const std::string& before, const std::string& after) {
    Judged judged;
    judged.policy.threshold = 0.05;
    judged.run({{"old", file(before)}, {"new", file(after)}});
    REQUIRE(judged.verdict.judgements.size() == 2);
    const size_t cpu = judged.tables.tables[0].unit == "cpu-sec/op" ? 0 : 1;
    CHECK(judged.verdict.judgements[cpu].outcome == Outcome::kUnchanged);
    return judged.verdict.judgements[1 - cpu].outcome;
  };
  CHECK(outcomes("0.001", "0.001") == Outcome::kInconclusive);
  CHECK(outcomes("0.000", "0.000") == Outcome::kInconclusive);
  CHECK(outcomes("0.001", "0.009") == Outcome::kRegressed);
  CHECK(outcomes("0.100", "0.100") == Outcome::kUnchanged);
}

TEST_CASE(
    "runs of a benchmark of which another file of that side has a summary were left out without a word") {
  const auto summary = [](int mean) {
    return "<Catch><BenchmarkResults name=\"A\" samples=\"20\"><mean value=\"" + std::to_string(mean) +
           "\"/><standardDeviation value=\"2\"/></BenchmarkResults></Catch>";
  };
  for (const bool runs_first : {true, false}) {
    const std::string runs = lines("A", {100, 200, 200, 300}, "ns/op");
    Judged judged;
    judged.run({{"old", runs_first ? runs : summary(100)},
                {"old", runs_first ? summary(100) : runs},
                {"new", summary(100)}});
    const Cell& cell = judged.tables.tables[0].rows[0].cells[0];
    REQUIRE(cell.moments != nullptr);
    CHECK(cell.moments->size == 24);
    CHECK(cell.moments->mean == Approx(2800e-9 / 24));
  }
}

TEST_CASE(
    "times of whole nanoseconds were exact: 36 and 37 of Catch2's, 2 and 3 of cargo bench were a "
    "regression") {
  const auto catch2 = [](const std::string& time) {
    return "\nbenchmark name                       samples       iterations    estimated\n"
           "                                     mean          low mean      high mean\n"
           "                                     std dev       low std dev   high std dev\n"
           "-------------------------------------------------------------------------------\n"
           "get                                            100         20000        4 ms \n"
           "                                        " +
           time + " " + time + " " + time + "\n" +
           "                                        0 ns          0 ns          0 ns \n";
  };
  const auto cargo = [](const std::string& time) {
    std::string text;
    for (int i = 0; i < 8; i++) text += "test get ... bench:           " + time + " ns/iter (+/- 0)\n";
    return text;
  };
  const struct {
    std::string before, after;
    bool regressed;
  } cases[] = {{catch2("36 ns"), catch2("37 ns"), false},
               {catch2("36 ns"), catch2("40 ns"), true},
               {catch2("36.1 ns"), catch2("37.1 ns"), true},
               {catch2("1 ms"), catch2("1.01 ms"), true},
               {cargo("2"), cargo("3"), false},
               {cargo("2"), cargo("8"), true},
               {cargo("2.00"), cargo("3.00"), true}};
  for (const auto& [before, after, regressed] : cases) {
    CAPTURE(before, after);
    Judged judged;
    judged.run({{"old", before}, {"new", after}});
    REQUIRE(judged.verdict.judgements.size() == 1);
    CHECK((judged.verdict.judgements[0].outcome == Outcome::kRegressed) == regressed);
  }
}

TEST_CASE("cargo bench: benchmarks of one name in two targets were the runs of one") {
  const auto outputs = [](double codec, double net) {
    std::string text;
    for (int i = 0; i < 6; i++) {
      text +=
          "     Running unittests src/lib.rs (target/release/deps/codec-0123456789abcdef)\n"
          "test tests::parse ... bench:  " +
          std::to_string(codec + i) +
          " ns/iter (+/- 1)\n     Running target/release/deps/net-fedcba9876543210\n"
          "test tests::parse ... bench:  " +
          std::to_string(net + i) + " ns/iter (+/- 1)\ntest own ... bench:  500.00 ns/iter (+/- 1)\n";
    }
    return text;
  };
  Judged judged;
  judged.run({{"old", outputs(100, 9000)}, {"new", outputs(130, 9000)}});
  REQUIRE(judged.verdict.judgements.size() == 3);
  CHECK(judged.tables.tables[0].rows[0].label == "codec/tests::parse");
  CHECK(judged.verdict.judgements[0].outcome == Outcome::kRegressed);
  CHECK(judged.tables.tables[0].rows[1].label == "net/tests::parse");
  CHECK(judged.tables.tables[0].rows[2].label == "own");
}

TEST_CASE("runs of hyperfine that failed were times like any other, without a word") {
  const auto collected = collect(
      R"({"results": [{"command": "./x", "mean": 1, "times": [1, 2, 3], "exit_codes": [0, 139, null]},
                      {"command": "./y", "mean": 1, "times": [1, 2], "exit_codes": [0, 0]},
                      {"command": "./z", "mean": 1, "times": [1], "exit_codes": [null]}]})");
  CHECK(collected.results.size() == 6);
  CHECK(
      collected.problems ==
      Lines{
          "f: ./x: 2 of 3 runs failed, the first with exit code 139: what they took is compared all the same",
          "f: ./z: 1 of 1 runs failed, the first by a signal: what they took is compared all the same"});
}

TEST_CASE("what nanobench counts had no direction, and context switches were left out") {
  Judged judged;
  const auto file = [](int factor) {
    std::string runs;
    for (int i = 0; i < 6; i++) {
      runs += std::string(i == 0 ? "" : ",") + R"({"iterations": 9, "elapsed": 1e-9, "cpucycles": )" +
              std::to_string((50 + i) * factor) + R"(, "contextswitches": )" +
              std::to_string((3 + i) * factor) + R"(, "branchmisses": )" + std::to_string((7 + i) * factor) +
              "}";
    }
    return R"({"results": [{"name": "x", "batch": 1, "measurements": [)" + runs + "]}]}";
  };
  judged.run({{"old", file(1)}, {"new", file(9)}});
  CHECK(judged.verdict.count(Outcome::kRegressed) == 3);
  CHECK(judged.verdict.judgements.size() == 4);
}

TEST_CASE("values of pyperf's processes could not be taken as runs: there was no key of them") {
  Judged judged;
  judged.layout.run_key = "run";
  judged.run({{"old", R"({"version": "1.0", "metadata": {"name": "x"}, "benchmarks": [{"runs": [
      {"metadata": {}, "values": [1, 2, 3]}, {"values": [4, 5, 9]}]}]})"}});
  const Cell& cell = judged.tables.tables[0].rows[0].cells[0];
  REQUIRE(cell.sample.size() == 2);
  CHECK(cell.sample[0] == 2);
  CHECK(cell.sample[1] == 5);
}
