// benchcmp history from outside: which files are commits, what it tells of them, exit codes.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/e2e/benchcmp/bench.h"

using namespace prof::test;

TEST_CASE("history: files in the order of their names, a commit each; exit codes") {
  const Bench bench;
  std::filesystem::create_directory(bench.directory.file("results"));
  for (int i = 1; i <= 24; i++) {
    // 1% of noise that is no random number.
    const double level = (i > 19 ? 110 : 100) + i * 7 % 11 / 10.0;
    write(
        bench.directory.file("results/c" + std::to_string(i)),
        "commit: " + std::to_string(100 - i) + "\n" + lines("A", {level, level + 0.1, level + 0.2}, "ns/op"));
  }
  const Outcome found = bench({"history", "results"});
  CHECK(found.code == 0);
  CHECK_THAT(found.out, Catch::StartsWith("1 regression (1 new) in 1 series of up to 24 points\n") &&
                            Catch::Contains("from c20 on, after c19; new"));
  CHECK(bench({"history", "--fail-on-regression", "results"}).code == 3);
  CHECK(bench({"history", "--fail-on-regression=50", "results"}).code == 0);
  CHECK(bench({"history", "--fail-on-regression", "--newest", "3", "results"}).code == 0);
  // The other way round by a line of the configuration: it became faster.
  const Outcome keyed = bench({"history", "--col", "commit@num", "--fail-on-regression", "results"});
  CHECK(keyed.code == 0);
  CHECK_THAT(keyed.out, Catch::Contains("1 improvement"));
  CHECK_THAT(bench({"history", "--format", "html", "results"}).out, Catch::StartsWith("<!DOCTYPE html>"));
  CHECK(bench({"history"}).code == 2);
  CHECK(bench({"history", "--format", "pdf", "results"}).code == 2);
  CHECK(bench({"history", "--alpha", "7", "results"}).code == 2);
  CHECK(bench({"history", "missing"}).code == 1);
  const Outcome few = bench({"history", "fast", "slow"});
  CHECK(few.code == 1);
  CHECK_THAT(few.err, Catch::Contains("shorter than the 10 points that a change needs"));
}

// It had no such flag.
TEST_CASE("history: --ascii spells micro with u, in names nothing is spelled") {
  const Bench bench;
  std::filesystem::create_directory(bench.directory.file("results"));
  for (int i = 1; i <= 24; i++) {
    const double level = (i > 12 ? 2000 : 1000) + i * 7 % 11;
    write(bench.directory.file("results/c" + std::to_string(i)), lines("Größe", {level}, "ns/op"));
  }
  CHECK_THAT(bench({"history", "results"}).out, Catch::Contains("Größe") && Catch::Contains("µ"));
  const std::string ascii = bench({"history", "--ascii", "results"}).out;
  CHECK_THAT(ascii, Catch::Contains("Größe") && Catch::Contains("u to 2.0") && !Catch::Contains("µ"));
}

// The gate passed, and 10% more of it was "changed" without a word on --better.
TEST_CASE("history: a unit without direction is no pass of the gate, and --better is named") {
  const Bench bench;
  std::filesystem::create_directory(bench.directory.file("results"));
  for (int i = 1; i <= 24; i++) {
    const double noise = i * 7 % 11 / 10.0;
    write(bench.directory.file("results/c" + std::to_string(i)),
          lines("A", {100 + noise}, "flats") + lines("A", {(i > 19 ? 110 : 100) + noise}, "zorks"));
  }
  const Outcome told = bench({"history", "results"});
  CHECK(told.code == 0);
  CHECK(told.err ==
        "benchcmp: warning: zorks: unknown which direction is better; say so with --better 'zorks=lower'\n");
  const Outcome gate = bench({"history", "--fail-on-regression=5", "results"});
  CHECK(gate.code == 1);
  CHECK_THAT(gate.err,
             Catch::Contains("--fail-on-regression: flats, zorks: unknown which direction is better; "
                             "say so with --better 'flats=lower'"));
  CHECK(bench({"history", "--fail-on-regression=5", "--better", "zorks=lower", "results"}).code == 3);
  const Outcome partly = bench({"history", "--fail-on-regression=5", "--better", "zorks=higher", "results"});
  CHECK(partly.code == 0);
  CHECK_THAT(partly.err, Catch::Contains("warning: flats: unknown which direction is better"));
}

// Each commit was a series of one point, and the remedy was more commits.
TEST_CASE("history: hosts that are new for each commit are one series, and a key that splits is named") {
  const Bench bench;
  std::filesystem::create_directory(bench.directory.file("results"));
  for (int i = 1; i <= 24; i++) {
    const std::string n = std::to_string(i), level = std::to_string((i > 19 ? 110 : 100) + i * 7 % 11 / 10.0);
    write(bench.directory.file("results/c" + n), R"({"context": {"host_name": "runner)" + n +
                                                     R"("}, "benchmarks": [{"name": "A", "real_time": )" +
                                                     level + "}]}");
  }
  const Outcome found = bench({"history", "--fail-on-regression", "results"});
  CHECK(found.code == 3);
  CHECK(found.err.empty());
  const Outcome split = bench({"history", "--table", "pkg,host_name,cpu@num", "results"});
  CHECK(split.code == 1);
  CHECK_THAT(split.err, Catch::Contains("24 shorter than the 10 points that a change needs: split by "
                                        "host_name, 24 values; --table 'pkg,cpu@num' joins them"));
  // One benchmark is on one host all along.
  for (int i = 1; i <= 24; i++)
    write(bench.directory.file("results/c" + std::to_string(i) + "b"), lines("B", {100.0}, "ns/op"));
  const Outcome some = bench({"history", "--table", "host_name", "--col", ".file", "results"});
  CHECK(some.code == 0);
  CHECK_THAT(some.err, Catch::Contains("warning: some series are too short: split by host_name, 24 values"));
}

// It was a warning, and the exit code that of the comparison.
TEST_CASE("history: a directory of directories is a commit each") {
  const Bench bench;
  for (int i = 1; i <= 24; i++) {
    const int level = (i > 19 ? 1100 : 1000) + i * 7 % 11;
    const std::string n = std::to_string(i), one = std::to_string(level), two = std::to_string(level + 1);
    for (const std::string name : {"plain", "group/7"}) {
      const std::string folder =
          bench.directory.file("criterion/c" + n + "/target/criterion/" + name + "/new/");
      write(folder + "sample.json", R"({"iters": [1, 1], "times": [)" + one + "," + two + "]}");
      write(folder + "benchmark.json",
            R"({"full_id": ")" + name + R"(", "directory_name": ")" + name + "\"}");
    }
    const std::string folder = bench.directory.file("text/c" + n);
    write(folder + "/core.txt", lines("plain", {level * 1.0, level + 1.0}, "ns/op"));
    write(folder + "/group.txt", lines("group/7", {level * 1.0, level + 1.0}, "ns/op"));
  }
  for (const char* results : {"criterion", "text"}) {
    const Outcome found = bench({"history", results});
    CAPTURE(results, found.out, found.err);
    CHECK(found.code == 0);
    CHECK_THAT(found.out, Catch::StartsWith("2 regressions (2 new) in 2 series of up to 24 points\n") &&
                              Catch::Contains("from c20 on, after c19; new"));
  }
  // One directory of criterion's is one commit, also from within.
  for (const char* one :
       {"criterion/c1", "criterion/c1/target/criterion", "criterion/c1/target/criterion/group"})
    CHECK_THAT(bench({"history", one}).out + bench({"history", one}).err,
               Catch::Contains("of up to 1 point"));
}

TEST_CASE("history: points that are infinite are left out, and told") {
  const Bench bench;
  write(bench.directory.file("infinite"), "BenchmarkA 1 inf ns/op\n");
  CHECK_THAT(bench({"history", "fast", "infinite", "slow"}).err,
             Catch::Contains(
                 "warning: a line or result was left out: A sec/op in infinite: the median is not finite"));
}

// The name was cut in two, and "cannot read 2: No such file or directory".
TEST_CASE("history: a = in the name of a file in a directory is no label") {
  const Bench bench;
  std::filesystem::create_directory(bench.directory.file("results"));
  for (int i = 1; i <= 12; i++)
    write(bench.directory.file("results/n=" + std::to_string(i)), lines("A", {i > 6 ? 20.0 : 10.0}, "ns/op"));
  const Outcome outcome = bench({"history", "results", "late=slow"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("in 1 series of up to 13 points") &&
                              Catch::Contains("from results/n=7 on, after results/n=6"));
}

// Their median is inf - inf: a sample of NaN had ranks without end, in all memory that there was.
