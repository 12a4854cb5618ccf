// benchcmp run --profile: each regressed benchmark, or the whole of both commands, once more under prof
// record.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/e2e/benchcmp/run_bench.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

TEST_CASE("run: --profile names the function whose cost grew, for the regressed benchmark alone") {
  const RunBench bench;
  const std::string suite = tool("benchcmp_suite") + " --benchmark_min_time=0.1";
  // A margin of 60%: this machine may be busy, the slowdown is +200%.
  const Outcome found =
      bench({"--old", suite, "--new", "SLOW=1 " + suite, "-n", "6", "--fail-on-regression=60", "-filter",
             ".unit:cpu-sec/op", "--format", "markdown", "--profile"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("**changed/1000: functions whose cost grew") &&
                            Catch::Contains("| std::accumulate |") && Catch::Contains("out/diff.html"));
  CHECK_THAT(read(bench.directory.file("out/diff.html")), Catch::Contains("accumulate"));

  // The same profiles beside files: what each took is compared as it is.
  const Outcome given =
      run({tool("benchcmp"), "--format", "json", "-filter", ".unit:cpu-sec/op", "--threshold", "60",
           "--profile", bench.directory.file("out/old.prof") + "," + bench.directory.file("out/new.prof"),
           bench.directory.file("out/old.txt"), bench.directory.file("out/new.txt")});
  CAPTURE(given.out, given.err);
  CHECK(given.code == 0);
  CHECK_THAT(given.out, Catch::Contains("\"explanations\": [\n  {\n   \"benchmark\": \"\""));
  CHECK(run({tool("benchcmp"), "--profile", "one.prof", "a", "b"}).code == 2);
}

// The flag beat the variable, and the whole program was profiled: three times the work was "+15%".
TEST_CASE("run: --profile where the command line has a filter of its own profiles the benchmark alone") {
  const RunBench bench;
  const std::string suite =
      tool("benchcmp_suite") + " --benchmark_min_time=0.05 --benchmark_filter='steady|changed'";
  const Outcome found =
      bench({"--old", suite, "--new", "SLOW=1 " + suite + "\n", "-n", "6", "--fail-on-regression=60",
             "-filter", ".unit:cpu-sec/op", "--format", "json", "--profile"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  const auto explanation = nlohmann::json::parse(found.out)["explanations"][0];
  CHECK(explanation["benchmark"] == "changed/1000");
  CHECK(explanation["functions"][0]["flat_after"].get<double>() > 1.6);
}

// Both sides take as long, whatever an iteration costs: their totals hid the growth, and nothing said so.
TEST_CASE(
    "run: --profile of whole programs compares shares unless both are known to have done the same work") {
  struct Case {
    const char* old_prints;
    const char* new_prints;
    std::vector<std::string> flags;
    bool same_work;
  };
  const Case cases[] = {{"BenchmarkA 300 10 ns/op\nBenchmarkB 9 5 ns/op",
                         "BenchmarkA 100 30 ns/op\nBenchmarkB 9 5 ns/op",
                         {},
                         false},
                        {"BenchmarkA 100 10 ns/op\nBenchmarkB 9 5 ns/op",
                         "BenchmarkA 100 30 ns/op\nBenchmarkB 9 5 ns/op",
                         {},
                         true},
                        {"test A ... bench: 10 ns/iter (+/- 1)\ntest B ... bench: 5 ns/iter (+/- 1)",
                         "test A ... bench: 30 ns/iter (+/- 1)\ntest B ... bench: 5 ns/iter (+/- 1)",
                         {},
                         false},  // iterations are not told
                        {"", "", {"--time", "-filter", ".unit:user-sec/op"}, true}};
  for (const Case& c : cases) {
    const RunBench bench;
    const auto side = [](const char* prints, const char* loops) {
      return "i=0; while [ $i -lt " + std::string(loops) + " ]; do i=$((i + 1)); done; printf '" + prints +
             "\\n'";
    };
    std::vector<std::string> arguments = {"--old",
                                          side(c.old_prints, "20000"),
                                          "--new",
                                          side(c.new_prints, "200000"),
                                          "-n",
                                          "6",
                                          "--fail-on-regression=5",
                                          "--format",
                                          "json",
                                          "--profile"};
    arguments.insert(arguments.end(), c.flags.begin(), c.flags.end());
    const Outcome found = bench(arguments);
    CAPTURE(c.old_prints, c.new_prints, found.out, found.err);
    REQUIRE(found.code == 3);
    const auto explanation = nlohmann::json::parse(found.out)["explanations"][0];
    CHECK(explanation["benchmark"] == "");
    CHECK(explanation["same_work"] == c.same_work);
    const std::string warning = explanation["warning"];
    CHECK((warning.find("the two sides may not have done the same work") == 0) == !c.same_work);
    for (const auto& function : explanation["functions"])
      CHECK((c.same_work || function["flat_after"].get<double>() <= 1));
  }
}

// A command that ends in another program has no place for a filter: tee knows no such option.
TEST_CASE("run: --profile where the command refuses the filter profiles the whole of it") {
  const RunBench bench;
  const auto side = [](const char* time) {
    return "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; printf '%s\n' 'BenchmarkA 1 " +
           std::string(time) + " ns/op' --benchmark_filter=. | tee log";
  };
  const Outcome found =
      bench({"--old", side("10"), "--new", side("20"), "-n", "6", "--fail-on-regression=5", "--profile"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK(found.err.find("warning") == std::string::npos);
  CHECK_THAT(found.out, Catch::Contains("A: "));
}

// The filter left nothing of the program, and the profiles were empty.
TEST_CASE("run: --profile where the row is no name of a benchmark, for blanks or parts that it lacks") {
  const RunBench bench;
  const auto side = [](const char* loops, const char* time) {
    return "[ -z \"$BENCHMARK_FILTER\" ] || { echo \"$BENCHMARK_FILTER\" > filter; exit 0; }; i=0; while [ "
           "$i -lt " +
           std::string(loops) + " ]; do i=$((i + 1)); done; echo BenchmarkA_b/8 1 " + time + " ns/op";
  };
  const Outcome found = bench({"--old", side("20000", "1000"), "--new", side("100000", "5000"), "-n", "6",
                               "--row", ".name", "--fail-on-regression=5", "--profile"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK(read(bench.directory.file("filter")) == "^A.b$\n");
  CHECK(found.err.find("warning") == std::string::npos);
  CHECK_THAT(found.out, Catch::Contains("the whole program: functions whose cost grew"));
}

TEST_CASE("run: --profile says where a profile is of so few samples that its shares say little") {
  const RunBench bench;
  // Some 25 ms of CPU time: some 25 samples, of the 97 from which on it is silent.
  const std::string loop = "i=0; while [ $i -lt 25000 ]; do i=$((i + 1)); done; echo BenchmarkA 1 ";
  const std::vector<std::string> sides = {"--old", loop + "1000 ns/op", "--new", loop + "2000 ns/op"};
  for (const char* format : {"text", "markdown"}) {
    std::vector<std::string> arguments = sides;
    arguments.insert(arguments.end(), {"-n", "6", "--fail-on-regression=5", "--profile", "--format", format});
    const Outcome found = bench(arguments);
    CAPTURE(format, found.out, found.err);
    CHECK(found.code == 3);
    CHECK_THAT(found.out, Catch::Contains("few samples, ") && Catch::Contains(" points of its profile"));
  }
}

TEST_CASE("run: a profile that cannot be made is a warning, and the verdict stays") {
  const RunBench bench;
  const std::string fast = bench.program("fast", 1000);
  const Outcome found =
      bench({"--old", fast, "--new", "[ -z \"$LD_PRELOAD\" ] && echo BenchmarkA 1 9000 ns/op", "-n", "6",
             "--fail-on-regression=5", "--profile"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.err, Catch::Contains("benchcmp: warning: "));
}

TEST_CASE("run: Ctrl-C while a side is profiled keeps the verdict and exits with 130; it exited with 3") {
  const RunBench bench;
  const std::string old_side = "[ -z \"$LD_PRELOAD\" ] || sleep 60; echo BenchmarkA 1 10 ns/op";
  const Outcome outcome = bench({"--old", old_side, "--new", "echo BenchmarkA 1 20 ns/op", "-n", "6",
                                 "--profile", "--fail-on-regression"},
                                2000);
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.out, Catch::StartsWith("REGRESSED"));
  CHECK_THAT(outcome.err, Catch::Contains("interrupted while the old command was profiled"));
}
