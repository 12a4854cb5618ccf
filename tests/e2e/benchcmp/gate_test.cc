// benchcmp's gate from outside: verdicts, where they are printed, exit codes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/e2e/benchcmp/bench.h"

using namespace prof::test;

// "cannot read 5: check the path".
TEST_CASE("a percentage behind --fail-on-regression without = is told how to be written") {
  const Bench bench;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--fail-on-regression", "5", "fast", "slow"},
        {"history", "--fail-on-regression", "5%", "fast", "slow"}}) {
    const Outcome outcome = bench(arguments);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Catch::Contains("write --fail-on-regression=5") && Catch::Contains("behind ="));
  }
  write(bench.directory.file("5"), lines("A", kLow, "ns/op"));
  CHECK(bench({"--fail-on-regression", "5", "slow"}).code == 3);
}

TEST_CASE("the gate --fail-on-regression") {
  const Bench bench;
  const auto file = [&](const char* name, const std::string& text) {
    write(bench.directory.file(name), text);
  };
  file("rate-low", lines("A", kLow, "MB/s"));
  file("rate-high", lines("A", kHigh, "MB/s"));
  file("other-low", lines("A", kLow, "widgets"));
  file("other-high", lines("A", kHigh, "widgets"));
  file("told", "Unit widgets better=lower\n");
  file("zero", lines("A", std::vector<double>(6, 0), "ns/op"));
  file("few", lines("A", {30, 31}, "ns/op"));
  file("B", lines("B", kLow, "ns/op"));
  struct {
    std::vector<std::string> arguments;
    int code;
    const char* message;
  } const cases[] = {
      {{"fast", "slow"},
       3,
       "REGRESSED: 1 regression among 1 comparison (p <= 0.05)\n  regressed    A  sec/op +80.00%"},
      {{"slow", "fast"}, 0, "PASSED: no regression, 1 improvement among 1 comparison"},
      {{"fast", "fast"}, 0, "no regression, 1 unchanged"},
      {{"fast", "few"}, 4, "INCONCLUSIVE: no regression, 1 inconclusive"},
      {{"zero", "fast"}, 3, "A  sec/op from 0 (p=0.002 n=6) in fast"},
      {{"rate-high", "rate-low"}, 3, "A  B/s -44.44%"},
      {{"rate-low", "rate-high"}, 0, "no regression"},
      {{"other-low", "other-high"},
       1,
       "widgets: unknown which direction is better; say so with --better 'widgets=lower'"},
      {{"told", "other-low", "other-high"}, 3, "A  widgets +80.00%"},
      {{"--better", "widgets=lower", "other-low", "other-high"}, 3, "A  widgets +80.00%"},
      {{"--better=widgets=higher", "other-low", "other-high"}, 0, "1 improvement"},
      {{"-alpha", "0.001", "fast", "slow"}, 4, "about 1 more run of each would tell"},
      {{"-alpha", "0.001", "--allow-inconclusive", "fast", "slow"}, 0, "1 inconclusive"},
      {{"--threshold", "81%", "fast", "slow"}, 4, "(p <= 0.05; by at least 81%)"},
      {{"--threshold", "ns/op=79%", "fast", "slow"}, 3, "by at least sec/op 79%"},
      {{"--waivers", "waivers", "fast", "slow"}, 0, "waived       A  sec/op +80.00%"},
      {{"--waivers", "expired", "fast", "slow"}, 3, "expired:1: the waiver expired after 2000-01-01"},
      {{"fast", "B"}, 1, "no row has results in the first column and in another"},
      {{"fast"}, 1, "no row has results in the first column and in another"},
  };
  file("waivers", "2999-12-31 sec/op A # known\n");
  file("expired", "2000-01-01 sec/op A # known\n");
  for (const auto& c : cases) {
    auto arguments = c.arguments;
    arguments.insert(arguments.begin(), "--fail-on-regression");
    const Outcome outcome = bench(arguments);
    CAPTURE(arguments);
    CHECK(outcome.code == c.code);
    CHECK_THAT(outcome.out + outcome.err, Catch::Contains(c.message));
  }
  CHECK(bench({"--fail-on-regression=79.9", "fast", "slow"}).code == 3);
  CHECK(bench({"--fail-on-regression=81", "fast", "slow"}).code == 4);
  CHECK(bench({"-fail-on-regression=81", "fast", "slow"}).code == 4);
  // The smaller one held.
  CHECK(bench({"--fail-on-regression=81", "--threshold", "1", "fast", "slow"}).code == 4);
  CHECK(bench({"--fail-on-regression=1", "--threshold", "81", "fast", "slow"}).code == 4);
  CHECK(bench({"--fail-on-regression=81", "--threshold", "ns/op=1", "fast", "slow"}).code == 3);
}

TEST_CASE("a gate that compared nothing does not say PASSED") {
  const Bench bench;
  write(bench.directory.file("B"), lines("B", kLow, "ns/op"));
  for (const char* format : {"text", "markdown", "html", "csv"}) {
    const Outcome outcome = bench({"--fail-on-regression", "--format", format, "fast", "B"});
    CAPTURE(format);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.out + outcome.err, Catch::Contains("NOTHING COMPARED"));
  }
  CHECK_THAT(bench({"--format", "json", "fast", "B"}).out, Catch::Contains("\"outcome\": \"inconclusive\""));
  // Comparisons of which nobody knows what is worse: the gate passed whatever became of them.
  write(bench.directory.file("widgets"), lines("A", kLow, "widgets"));
  const Outcome undirected = bench({"--fail-on-regression", "--format", "json", "widgets", "widgets"});
  CHECK(undirected.code == 1);
  CHECK_THAT(undirected.out, Catch::Contains("\"outcome\": \"inconclusive\""));
  CHECK_THAT(undirected.err,
             Catch::Contains("benchcmp: --fail-on-regression: widgets: unknown which direction "
                             "is better; say so with --better 'widgets=lower'\n"));
}

TEST_CASE("the verdict stands in front of the table; CSV stays CSV") {
  const Bench bench;
  const std::string table = bench({"fast", "slow"}).out;
  const Outcome text = bench({"--fail-on-regression", "fast", "slow"});
  CHECK_THAT(text.out, Catch::StartsWith("REGRESSED: ") && Catch::EndsWith("\n\n" + table));
  const Outcome csv = bench({"--fail-on-regression", "-format", "csv", "fast", "slow"});
  CHECK(csv.out == bench({"-format", "csv", "fast", "slow"}).out);
  CHECK_THAT(csv.err, Catch::StartsWith("benchcmp: REGRESSED: "));
  CHECK_THAT(bench({"--ascii", "--fail-on-regression", "fast", "slow"}).out,
             Catch::Contains("12.50n +- 20%"));
}

TEST_CASE("on a terminal the verdict is there unasked, and colour unless NO_COLOR is set") {
  const Bench bench;
  Run options;
  options.directory = bench.directory.path();
  options.terminal = true;
  const std::vector<std::string> argv = {tool("benchcmp"), "fast", "slow"};
  const Outcome colored = run(argv, options);
  CHECK(colored.code == 0);
  CHECK_THAT(colored.out, Catch::StartsWith("\x1b[1;31mREGRESSED"));
  options.env["NO_COLOR"] = "1";
  CHECK_THAT(run(argv, options).out, Catch::StartsWith("REGRESSED"));
  CHECK(run({tool("benchcmp"), "fast"}, options).out.find("REGRESSED") == std::string::npos);
}

TEST_CASE("reports go to standard output, annotations to standard error, JUnit to its file") {
  const Bench bench;
  const std::pair<const char*, const char*> starts[] = {{"markdown", "### Benchmarks: REGRESSED"},
                                                        {"json", "{\n \"schema\": \"benchcmp/1\""},
                                                        {"html", "<!DOCTYPE html>"}};
  for (const auto& [format, start] : starts) {
    const Outcome outcome =
        bench({"--fail-on-regression", "--format", format, "--github", "--junit", "out.xml", "fast", "slow"});
    CHECK(outcome.code == 3);
    CHECK_THAT(outcome.out, Catch::StartsWith(start));
    CHECK_THAT(outcome.err, Catch::StartsWith("::error title=benchmark regression::A  sec/op +80.00%25"));
  }
  CHECK_THAT(read(bench.directory.file("out.xml")),
             Catch::StartsWith("<?xml") && Catch::Contains("failures=\"1\""));
  // The report and the verdict were lost.
  CHECK(bench({"--junit", "missing/out.xml", "fast", "slow"}).code == 1);
  const Outcome unwritable = bench({"--fail-on-regression", "--junit", "missing/out.xml", "fast", "slow"});
  CHECK(unwritable.code == 3);
  CHECK_THAT(unwritable.out, Catch::StartsWith("REGRESSED"));
  CHECK_THAT(unwritable.err, Catch::Contains("benchcmp: cannot write missing/out.xml"));
  CHECK(bench({"--format", "json", "fast"}).code == 0);
}

TEST_CASE("the file of --junit is written also where standard output cannot be") {
  const Bench bench;
  Run options;
  options.directory = bench.directory.path();
  CHECK(run({"sh", "-c", tool("benchcmp") + " --junit out.xml fast slow > /dev/full"}, options).code == 1);
  CHECK_THAT(read(bench.directory.file("out.xml")), Catch::StartsWith("<?xml"));
}

TEST_CASE("the --better of a unit that no result has is told, as a threshold is") {
  const Bench bench;
  const std::string warning = "no result has the unit nosuch, which has a direction (--better)";
  CHECK_THAT(bench({"--better", "nosuch=higher", "fast", "slow"}).out,
             Catch::Contains("warning      " + warning));
  CHECK_THAT(bench({"history", "--better", "nosuch=higher", "fast", "slow"}).err, Catch::Contains(warning));
  CHECK(bench({"--better", "ns/op=higher", "fast", "slow"}).out.find("warning") == std::string::npos);
}

TEST_CASE("past the limit of a file's size benchcmp was killed, and left its temporary file") {
  const Bench bench;
  Run options;
  options.directory = bench.directory.path();
  const Outcome outcome =
      run({"sh", "-c", "ulimit -f 0; exec " + tool("benchcmp") + " --junit out.xml fast slow"}, options);
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.err, Catch::Contains("benchcmp: cannot write out.xml: File too large"));
  CHECK(std::distance(std::filesystem::directory_iterator(bench.directory.path()), {}) == 2);
}

TEST_CASE("benchmarks that came and went") {
  const Bench bench;
  write(bench.directory.file("both"), lines("A", kLow, "ns/op") + lines("B", kLow, "ns/op"));
  const Outcome gone = bench({"--fail-on-missing", "--github", "both", "fast"});
  CHECK(gone.code == 3);
  // The headline said PASSED.
  CHECK_THAT(gone.out, Catch::StartsWith(
                           "MISSING: no regression, 1 benchmark missing, 1 unchanged among 1 comparison") &&
                           Catch::Contains("vanished     B  sec/op from fast"));
  CHECK_THAT(gone.err, Catch::StartsWith("::error title=benchmark vanished::B  sec/op from fast"));
  CHECK_THAT(bench({"--fail-on-missing", "--format", "json", "both", "fast"}).out,
             Catch::Contains("\"outcome\": \"missing\""));
  CHECK_THAT(bench({"--fail-on-missing", "--fail-on-regression", "both", "slow"}).out,
             Catch::StartsWith("REGRESSED: 1 regression, 1 benchmark missing among"));
  CHECK_THAT(bench({"--fail-on-regression", "both", "fast"}).out, Catch::StartsWith("PASSED: "));
  const Outcome more = bench({"--fail-on-missing", "fast", "both"});
  CHECK(more.code == 0);
  CHECK_THAT(more.out, Catch::Contains("new          B  sec/op in both"));
}

// A suite that crashed leaves a file without results: the gate passed, for nothing had vanished from a column
// that was not there.
TEST_CASE("an input without a result is told, and fails a gate") {
  const Bench bench;
  write(bench.directory.file("empty"), "panic: segfault\n");
  const Outcome plain = bench({"fast", "empty"});
  CHECK(plain.code == 0);
  CHECK_THAT(plain.err, Catch::Contains("benchcmp: warning: empty: no benchmark result"));
  const Outcome gone = bench({"--fail-on-missing", "fast", "empty"});
  CHECK(gone.code == 3);
  CHECK_THAT(gone.out, Catch::Contains("vanished     every benchmark from empty"));
  CHECK(bench({"--fail-on-missing", "fast", "fast", "empty"}).code == 3);
  CHECK(bench({"--fail-on-missing", "--fail-on-regression", "fast", "slow", "empty"}).code == 3);
  const Outcome baseline = bench({"--fail-on-regression", "empty", "fast", "slow"});
  CHECK(baseline.code == 1);
  CHECK_THAT(baseline.err,
             Catch::Contains("empty has no benchmark result that others could be compared with"));
  CHECK(bench({"--fail-on-missing", "--col", ".file@alpha", "fast", "slow", "empty"}).code == 3);
  // Also where inputs say something of units, as a suite's do in each.
  write(bench.directory.file("unit"), "Unit ns/op note=x\n" + lines("A", kLow, "ns/op"));
  CHECK(bench({"--fail-on-missing", "empty", "unit", "slow"}).code == 1);
  const Outcome filtered = bench({"--fail-on-missing", "--filter", ".name:B", "fast", "slow"});
  CHECK(filtered.code == 1);
}

// Its columns are not called as the file is: it was said to have no benchmark result. Of summaries it kept
// the mean alone.
TEST_CASE("a report in JSON is judged as what it is of") {
  const Bench bench;
  write(bench.directory.file("summary"),
        "<Catch><TestCase name=\"t\"><BenchmarkResults name=\"a\" samples=\"20\"><mean value=\"100\" "
        "ci=\"0.95\"/>"
        "<standardDeviation value=\"5\" ci=\"0.95\"/></BenchmarkResults></TestCase></Catch>");
  for (const auto& [before, after, code] : {std::tuple{"fast", "slow", 3}, {"summary", "summary", 0}}) {
    const Outcome direct = bench({"--fail-on-regression", "--format", "json",
                                  "r.json:old=" + std::string(before), "r.json:new=" + std::string(after)});
    CAPTURE(before, direct.err);
    CHECK(direct.code == code);
    write(bench.directory.file("r.json"),
          bench({"--format", "json", "old=" + std::string(before), "new=" + std::string(after)}).out);
    const Outcome again = bench({"--fail-on-regression", "--format", "json", "r.json"});
    CHECK(again.code == code);
    CHECK(again.out == direct.out);
    CHECK(again.err == "");
  }
}

// They were lost: what became worse was "not judged", and the gate passed or had nothing to compare.
TEST_CASE("a report in JSON keeps what is known of its units") {
  const Bench bench;
  write(bench.directory.file("points"), "Unit pts better=higher\nUnit frobs assume=exact better=lower\n" +
                                            lines("A", kHigh, "pts") + lines("A", {3}, "frobs"));
  write(bench.directory.file("fewer"), lines("A", kLow, "pts") + lines("A", {4}, "frobs"));
  for (const char* file : {"points", "fewer"}) {
    // "fewer" says nothing of its units by itself.
    write(bench.directory.file(std::string(file) + ".json"),
          bench({"--format", "json", "--better", "pts=higher", file}).out);
  }
  const Outcome found = bench({"--fail-on-regression", "points.json", "fewer.json"});
  CAPTURE(found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("A  pts -44.44%") && Catch::Contains("A  frobs +33.33% (exact)"));
  CHECK(bench({"--fail-on-regression", "--better", "pts=lower", "points.json", "fewer.json"}).code == 3);
  CHECK_THAT(bench({"--format", "json", "points"}).out,
             Catch::Contains("\"exact\": true") && Catch::Contains("\"exact\": false"));
}

TEST_CASE("JUnit stays XML whatever bytes names have") {
  const Bench bench;
  write(bench.directory.file("bytes"), lines("A\xff\x02\xef\xbf\xbe", kLow, "ns/op"));
  CHECK(bench({"--junit", "bytes.xml", "bytes", "bytes"}).code != 2);
  const std::string xml = read(bench.directory.file("bytes.xml"));
  CHECK_THAT(xml, Catch::Contains("A\xEF\xBF\xBD?\xEF\xBF\xBD"));
  CHECK(xml.find('\xff') == std::string::npos);
}

// Seven of ten repetitions had failed, and only standard error said so.
TEST_CASE("results that were left out are a warning of the verdict, in every report") {
  const Bench bench;
  std::string entries;
  for (int i = 0; i < 10; i++) {
    entries += i < 3 ? R"({"name": "A", "real_time": 1},)" : R"({"name": "A", "error_occurred": true},)";
    entries += "\n";
  }
  write(bench.directory.file("f"), "{\"benchmarks\": [\n" + entries + R"({"name": "A", "real_time": 1}]})");
  const std::string warning = "14 lines or results were left out: f:5: benchmark 4: A failed:  and 13 more";
  const Outcome markdown = bench({"--github", "--format", "markdown", "old=f", "new=f"});
  CHECK_THAT(markdown.out, Catch::Contains("\n- warning: " + warning + "\n"));
  CHECK_THAT(markdown.err, Catch::Contains("::warning title=benchmarks::" + warning + "\n"));
  CHECK_THAT(bench({"--fail-on-regression", "old=f", "new=f"}).out,
             Catch::Contains("  warning      " + warning));
  const auto json = nlohmann::json::parse(bench({"--format", "json", "old=f", "new=f"}).out);
  CHECK(json["warnings"] == nlohmann::json::array({warning}));

  const Outcome ran = bench({"run", "--old", "cat f", "--new", "cat f", "-n", "4", "--format", "markdown"});
  CHECK_THAT(ran.out, Catch::Contains("- warning: 56 lines or results were left out: the ") &&
                          Catch::Contains(" command's output:5: benchmark 4: A failed:  and 55 more\n"));
}
