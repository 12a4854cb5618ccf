// benchcmp from outside: arguments, streams, exit codes.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

std::string lines(const std::string& name, const std::vector<double>& values, const std::string& unit) {
  std::string text;
  for (const double value : values)
    text += "Benchmark" + name + " 1 " + std::to_string(value) + " " + unit + "\n";
  return text;
}

const std::vector<double> kLow = {10, 11, 12, 13, 14, 15}, kHigh = {20, 21, 22, 23, 24, 25};

// A directory with `slow` and `fast`, in which benchcmp runs.
struct Bench {
  Bench() {
    write(directory.file("fast"), lines("A", kLow, "ns/op"));
    write(directory.file("slow"), lines("A", kHigh, "ns/op"));
  }
  Outcome operator()(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), tool("benchcmp"));
    Run options;
    options.directory = directory.path();
    options.input = input;
    return run(arguments, options);
  }
  TempDir directory;
};

}  // namespace

TEST_CASE("nobody listens on standard error: benchcmp goes on, it aborted") {
  const Bench bench;
  const std::string program = tool("benchcmp");
  for (const char* nowhere : {" 2>&-", " 2>/dev/full"}) {
    const auto shell = [&](const std::string& arguments) {
      Run options;
      options.directory = bench.directory.path();
      return run({"sh", "-c", program + arguments + nowhere}, options);
    };
    CAPTURE(nowhere);
    CHECK(shell(" none").code == 1);
    CHECK(shell(" --no-such-flag").code == 2);
    const Outcome warned = shell(" -row /none fast slow");
    CHECK(warned.code == 0);
    CHECK_THAT(warned.out, Catch::Contains("vs base"));
    CHECK(shell(" --fail-on-regression=5 --format csv fast slow").code == 3);
    CHECK(shell(" calibrate -o noise fast slow").code == 0);
  }
}

TEST_CASE("standard output that cannot be written is a failure, whatever was to be printed") {
  const Bench bench;
  for (const char* arguments :
       {"fast slow", "--format csv fast slow", "--format json fast slow", "--help", "--version",
        "calibrate -o noise fast slow", "calibrate --help", "history fast slow", "run --help"}) {
    for (const auto& [nowhere, reason] :
         {std::pair{" >/dev/full", "No space left on device"}, std::pair{" >&-", "Bad file descriptor"}}) {
      Run options;
      options.directory = bench.directory.path();
      const Outcome outcome = run({"sh", "-c", tool("benchcmp") + " " + arguments + nowhere}, options);
      CAPTURE(arguments, nowhere, outcome.err);
      CHECK(outcome.code == 1);
      CHECK_THAT(outcome.err,
                 Catch::EndsWith("benchcmp: cannot write to standard output: " + std::string(reason) + "\n"));
    }
  }
}

TEST_CASE("help fits a terminal of 80 columns") {
  const Bench bench;
  for (const std::vector<std::string>& command : {std::vector<std::string>{"--help"},
                                                  {"run", "--help"},
                                                  {"calibrate", "--help"},
                                                  {"history", "--help"}}) {
    const std::string help = bench(command).out;
    CAPTURE(help);
    for (size_t start = 0, end = 0; start < help.size(); start = end + 1) {
      end = std::min(help.find('\n', start), help.size());
      CHECK(end - start <= 80);
    }
    CHECK(help.find("\n\n\n") == std::string::npos);
  }
  CHECK_THAT(
      bench({"--help"}).out,
      Catch::Contains("  --fail-on-regression PCT    exit with 3 if a benchmark is significantly worse,\n"
                      "                              by at least PCT percent; written\n"));
}

TEST_CASE("an input without a name is told, rather than that '' does not exist") {
  const Bench bench;
  for (const char* nameless : {"", "label="}) {
    const Outcome outcome = bench({"fast", nameless});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "benchcmp: an input has no name; write FILE, LABEL=FILE or - for standard input\n");
  }
}

TEST_CASE("a terminal without colours gets none") {
  const Bench bench;
  for (const auto& [variable, value, colored] :
       {std::tuple{"TERM", "xterm", true}, {"TERM", "dumb", false}, {"NO_COLOR", "1", false}}) {
    Run options;
    options.directory = bench.directory.path();
    options.terminal = true;
    options.env = {{"TERM", "xterm"}, {"NO_COLOR", ""}};
    options.env[variable] = value;
    CAPTURE(variable, value);
    CHECK((run({tool("benchcmp"), "fast", "slow"}, options).out.find('\x1b') != std::string::npos) ==
          colored);
  }
}

TEST_CASE("flags have one dash or two, values behind = or a space, anywhere") {
  const Bench bench;
  const std::string expected = bench({"-filter", ".name:A", "-format", "csv", "fast", "slow"}).out;
  CHECK_THAT(expected, Catch::StartsWith(",fast,,slow,,,\n,sec/op,CI,sec/op,CI,vs base,P\nA,"));
  CHECK(bench({"--filter=.name:A", "--format=csv", "fast", "slow"}).out == expected);
  CHECK(bench({"fast", "-filter=.name:A", "slow", "--format", "csv"}).out == expected);
  CHECK(bench({"-format=csv", "--", "fast", "slow"}).out == expected);
  CHECK(bench({"-filter", "-.name:B", "-format=csv", "-ignore", "", "fast", "slow"}).out == expected);
}

TEST_CASE("one file is summarized, and standard input is a file") {
  const Bench bench;
  const Outcome one = bench({"fast"});
  CHECK(one.code == 0);
  CHECK(one.out == "  │     fast     │\n  │    sec/op    │\nA   12.50n ± 20%\n");
  CHECK(one.err.empty());
  const Outcome piped = bench({"old=-", "slow"}, lines("A", kLow, "ns/op"));
  CHECK(piped.code == 0);
  CHECK_THAT(piped.out, Catch::Contains("old") && Catch::Contains("+80.00% (p=0.002 n=6)"));
}

TEST_CASE("whole tables, as text and as CSV") {
  for (const std::string format : {"text", "csv"}) {
    const Outcome outcome = run({tool("benchcmp"), "-format", format, "old=" + testdata("benchmarks/old.txt"),
                                 "new=" + testdata("benchmarks/new.txt")});
    CHECK(outcome.code == 0);
    CHECK(golden("benchmarks/old-new." + format, outcome.out + outcome.err) == "");
  }
}

TEST_CASE("wrong usage is exit code 2, one message and an example") {
  const Bench bench;
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "no input given"},
      {{"-bogus", "fast"}, "-bogus"},
      {{"--format", "xml", "fast"}, "-format must be text, csv, markdown, json or html"},
      {{"--input-format", "x", "fast"}, "--input-format must be one of benchcmp, nanobench"},
      {{"--input-format", "json", "fast"}, "google-benchmark-json, go-test-json, catch2-xml"},
      {{"--sort", "size", "fast"}, "--sort must be delta, name or p"},
      {{"-alpha", "2", "fast"}, "-alpha must be in range [0, 1]"},
      {{"-alpha", "x", "fast"}, "alpha"},
      {{"-confidence", "-0.5", "fast"}, "-confidence must be in range [0, 1]"},
      {{"fast", "-filter"}, "filter"},
      {{"--fail-on-regression=x", "fast"}, "fail-on-regression"},
      {{"--fail-on-regression=-1", "fast"}, "must be a percentage >= 0"},
      {{"--threshold", "B/op=x", "fast"}, "--threshold: expected a percentage >= 0, found x"},
      {{"--better", "x=up", "fast"}, "--better: expected UNIT=higher or UNIT=lower"},
      {{"--correction", "fdr", "fast"}, "--correction must be bh, holm or none"},
      {{"--color", "blue", "fast"}, "--color must be auto, always or never"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = bench(arguments);
    CAPTURE(arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::StartsWith("benchcmp: ") && Catch::Contains(message) &&
                                Catch::Contains("for example: benchcmp old.txt new.txt"));
  }
  CHECK(bench({"--help"}).code == 0);
  CHECK_THAT(bench({"-help"}).out, Catch::Contains("--fail-on-regression"));
}

TEST_CASE("what cannot be done is exit code 1 and a message that says what was tried") {
  const Bench bench;
  write(bench.directory.file("empty"), "");
  write(bench.directory.file("text"), "hello\nworld\n");
  write(bench.directory.file("bad"), "BenchmarkA 1 x ns/op\n");
  write(bench.directory.file("waivers"), "tomorrow * *\n");
  write(bench.directory.file("cut.json"), "{\"context\": {}, \"benchmarks\": [{");
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"fast", "missing"}, "cannot read missing: No such file or directory"},
      {{"."}, "cannot read .: it is a directory"},
      {{"--waivers", "waivers", "fast", "slow"}, "waivers:1: expected a date YYYY-MM-DD"},
      {{"empty"}, "nothing to compare: no input has a benchmark result"},
      {{"text"}, "nothing to compare: no input has a benchmark result"},
      {{"bad"}, "bad:1: parsing measurement: invalid syntax\nbenchcmp: nothing to compare"},
      {{"cut.json"}, "cannot read cut.json:1: it starts like Google Benchmark's JSON but is not whole"},
      {{"-filter", ".name:B", "fast"}, "nothing to compare: none of 6 results is left"},
      {{"-filter", "a:(", "fast"}, "parsing -filter: syntax error: expected value\n\ta:(\n\t   ^"},
      {{"-row", "a,,b", "fast"}, "parsing -row: syntax error: expected key\n\ta,,b\n\t  ^"},
      {{"-col", ".flie", "fast"}, "unknown key .flie"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = bench(arguments);
    CAPTURE(arguments);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Catch::Contains(message));
  }
}

TEST_CASE("a key that no result has is a warning") {
  const Outcome outcome = Bench()({"-col", "noet", "fast"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "benchcmp: warning: -col: no result has a key noet\n");
}

TEST_CASE("a cell without a number names row, column and unit") {
  const Bench bench;
  write(bench.directory.file("nan"), "BenchmarkA 1 NaN x 1 y\n");
  CHECK(bench({"nan"}).err == "row A, column nan: left out, no value of x is a number\n");
}

TEST_CASE("malformed lines are named and the rest is compared") {
  const Bench bench;
  write(bench.directory.file("some"), "BenchmarkA x 1 ns/op\n" + lines("A", kLow, "ns/op"));
  const Outcome outcome = bench({"some", "slow"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "some:1: parsing iteration count: invalid syntax\n");
  CHECK_THAT(outcome.out, Catch::Contains("(p=0.002 n=6)"));
}

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
TEST_CASE("two infinities in a run are left out of --run-key, and told") {
  const Bench bench;
  write(bench.directory.file("infinite"),
        "run: 1\nBenchmarkA 1 inf x\nBenchmarkA 1 -inf x\nrun: 2\nBenchmarkA 1 2 x\n");
  write(bench.directory.file("finite"), "run: 1\nBenchmarkA 1 2 x\n");
  const Outcome outcome = bench({"--run-key", "run", "infinite", "finite"});
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("1 of 2 values are NaN and left out"));
}

TEST_CASE("values of one run count once with --run-key, and --quantile compares tails") {
  const Bench bench;
  std::string text;
  for (const char* run_number : {"1", "2", "3"})
    text += std::string("run: ") + run_number + "\n" + lines("A", kLow, "ns/op");
  write(bench.directory.file("runs"), text);
  CHECK_THAT(bench({"--run-key", "run", "x=runs", "y=runs"}).out, Catch::Contains("n=3)"));
  CHECK_THAT(bench({"--ignore", "run", "x=runs", "y=runs"}).out, Catch::Contains("n=18)"));
  CHECK_THAT(bench({"--run-key", "rnu", "runs"}).err, Catch::Contains("--run-key: no result has a key rnu"));
  const Outcome tail = bench({"--quantile", "0.9", "fast", "slow"});
  CHECK(tail.code == 0);
  CHECK_THAT(tail.out, Catch::Contains("p=0.000 n=6") &&
                           Catch::Contains("quantile 0.9 rather than the median") &&
                           Catch::Contains("need >= 50 samples for quantile 0.9"));
  CHECK(bench({"--quantile", "1", "fast"}).code == 2);
  CHECK(bench({"--quantile", "0.9", "--paired", "fast", "slow"}).code == 2);
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
  CHECK(bench({"--junit", "missing/out.xml", "fast", "slow"}).code == 1);
  CHECK(bench({"--format", "json", "fast"}).code == 0);
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
  CHECK_THAT(gone.err, Catch::StartsWith("::error title=benchmark vanished::B from fast"));
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

TEST_CASE("JUnit stays XML whatever bytes names have") {
  const Bench bench;
  write(bench.directory.file("bytes"), lines("A\xff\x02\xef\xbf\xbe", kLow, "ns/op"));
  CHECK(bench({"--junit", "bytes.xml", "bytes", "bytes"}).code != 2);
  const std::string xml = read(bench.directory.file("bytes.xml"));
  CHECK_THAT(xml, Catch::Contains("A\xEF\xBF\xBD?\xEF\xBF\xBD"));
  CHECK(xml.find('\xff') == std::string::npos);
}

TEST_CASE("output that cannot be written is a failure") {
  const Bench bench;
  CHECK(run({"sh", "-c", tool("benchcmp") + " " + bench.directory.file("fast") + " > /dev/full"}).code == 1);
}

TEST_CASE("the manual page has every flag, subcommand and exit code") {
  const Outcome page = run({tool("benchcmp"), "--man-page"});
  CHECK(page.code == 0);
  for (const char* part : {".TH BENCHCMP 1", "\\-\\-fail\\-on\\-regression", "benchcmp run",
                           "benchcmp calibrate", ".SH EXIT STATUS", "inconclusive", ".SH EXAMPLES"}) {
    CHECK_THAT(page.out, Catch::Contains(part));
  }
}
