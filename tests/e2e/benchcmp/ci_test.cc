// The gate on a real Google Benchmark program: a slowdown is found, the same program twice passes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

TEST_CASE("a real Google Benchmark program: A/A passes, a slowdown is found") {
  TempDir directory;
  const auto measure = [&](const std::string& name, const std::map<std::string, std::string>& env) {
    Run options;
    options.env = env;
    const Outcome outcome = run({tool("benchcmp_suite"), "--benchmark_repetitions=8",
                                 "--benchmark_min_time=0.01", "--benchmark_enable_random_interleaving=true",
                                 "--benchmark_out=" + directory.file(name), "--benchmark_out_format=json"},
                                options);
    REQUIRE(outcome.code == 0);
    return directory.file(name);
  };
  const std::string before = measure("before", {}), after = measure("after", {{"SLOW", "1"}});
  // A margin of 60%: this machine may be busy, the slowdown is +200%.
  const Outcome found =
      run({tool("benchcmp"), "--fail-on-regression=60", "-filter", ".unit:cpu-sec/op", before, after});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("regressed    changed/1000  cpu-sec/op +"));
  CHECK(found.out.find("regressed    steady/1000") == std::string::npos);
  const Outcome same = run({tool("benchcmp"), "--fail-on-regression", before, before});
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Catch::Contains("sec/op") && Catch::Contains("B/s") && Catch::Contains("repeat"));
}

TEST_CASE("a real Google Benchmark program: the console has the counters of its JSON, in both forms") {
  TempDir directory;
  for (const char* tabular : {"true", "false"}) {
    const Outcome console =
        run({tool("benchcmp_suite"), "--benchmark_repetitions=2", "--benchmark_min_time=0.005",
             std::string("--benchmark_counters_tabular=") + tabular, "--benchmark_out_format=json",
             "--benchmark_out=" + directory.file("json")});
    REQUIRE(console.code == 0);
    write(directory.file("console"), console.out);
    for (const char* unit : {"B/s", "repeat"}) {
      CAPTURE(tabular, unit, console.out);
      const std::string only = std::string(".unit:") + unit;
      const Outcome both =
          run({tool("benchcmp"), "--format", "json", "-ignore", "num_cpus,library_build_type", "-filter",
               only, directory.file("json"), directory.file("console")});
      const auto report = nlohmann::json::parse(both.out);
      for (const auto& row : report["tables"][0]["rows"]) {
        REQUIRE(row["cells"].size() == 2);
        const auto &exact = row["cells"][0]["runs"], &printed = row["cells"][1]["runs"];
        REQUIRE(exact.size() == 2);
        for (size_t i = 0; i < 2; i++)
          CHECK(printed[i].get<double>() == Approx(exact[i].get<double>()).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("the recipe for CI: runs in turn, one file each, pooled by label; a slowdown fails, A/A passes") {
  TempDir directory;
  const auto measure = [&](const std::string& side, int round,
                           const std::map<std::string, std::string>& env) {
    Run options;
    options.env = env;
    const std::string file = directory.file(side + std::to_string(round) + ".json");
    REQUIRE(run({tool("benchcmp_suite"), "--benchmark_min_time=0.005", "--benchmark_out=" + file,
                 "--benchmark_out_format=json"},
                options)
                .code == 0);
    return side + "=" + file;
  };
  std::vector<std::string> base, same, slow;
  for (int round = 0; round < 8; round++) {
    base.push_back(measure("base", round, {}));
    same.push_back(measure("same", round, {}));
    slow.push_back(measure("slow", round, {{"SLOW", "1"}}));
  }
  const auto gate = [&](const std::vector<std::string>& head) {
    // This machine may be busy; the slowdown is +200%.
    std::vector<std::string> argv = {
        tool("benchcmp"), "--fail-on-regression=60", "--format", "markdown", "--github",
        "-filter",        ".unit:cpu-sec/op"};
    argv.insert(argv.end(), base.begin(), base.end());
    argv.insert(argv.end(), head.begin(), head.end());
    return run(argv);
  };
  const Outcome found = gate(slow), passed = gate(same);
  CAPTURE(found.out, passed.out);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("regressed | changed/1000 | cpu-sec/op |"));
  CHECK_THAT(found.err, Catch::Contains("::error title=benchmark regression::changed/1000"));
  CHECK(passed.code == 0);
  CHECK_THAT(passed.out, Catch::StartsWith("### Benchmarks: PASSED: no regression, 2 unchanged"));
}
