// benchcmp from outside: arguments, streams, exit codes.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/e2e/benchcmp/bench.h"

using namespace prof::test;

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

TEST_CASE("names in go test's JSON and of files coloured the terminal") {
  const Bench bench;
  const auto json = [](double factor) {
    std::string lines = R"({"Action":"output","Output":"pkg: p\u001b[34m\n"})";
    for (const double time : kLow) {
      lines +=
          "\n"
          R"({"Action":"output","Output":"BenchmarkA\u001b[32mgreen 1 )" +
          std::to_string(time * factor) + R"( ns/op\n"})";
    }
    return lines;
  };
  const std::string file = "o\x1b[33m\nforged.json";
  write(bench.directory.file(file), json(1));
  write(bench.directory.file("new.json"), json(3));
  Run options;
  options.directory = bench.directory.path();
  options.terminal = true;
  options.env = {{"TERM", "xterm"}, {"NO_COLOR", ""}};
  const auto shown = [&](const char* format) {
    return run({tool("benchcmp"), "-format", format, file, "new.json"}, options).out;
  };
  std::string text = shown("text");
  CHECK_THAT(text, Catch::Contains("pkg: p\ufffd[34m\r\n") && Catch::Contains("A\ufffd[32mgreen ") &&
                       Catch::Contains("o\ufffd[33m\\nforged.json") && Catch::Contains("\x1b[31m"));
  for (const char* own : {"\x1b[31m", "\x1b[1;31m", "\x1b[0m", "\x1b[33mnote"}) {
    for (size_t at = 0; (at = text.find(own)) != std::string::npos;) text.erase(at, std::string(own).size());
  }
  CHECK(text.find('\x1b') == std::string::npos);
  for (const char* format : {"csv", "markdown", "json", "html"}) {
    INFO(format);
    CHECK(shown(format).find('\x1b') == std::string::npos);
  }
  CHECK_THAT(bench({file, "new.json"}).out, Catch::Contains("A\x1b[32mgreen "));
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

// It was the largest number there is, and with it no regression of a history was a new one.
TEST_CASE("a number below zero is wrong usage where a count or a seed is wanted") {
  const Bench bench;
  const std::vector<std::string> commands = {"run", "--old", "cat fast", "--new", "cat slow"};
  for (const auto& [subcommand, flag] : {std::pair{"history", "--newest"},
                                         {"history", "--seed"},
                                         {"run", "-n"},
                                         {"run", "--warmup"},
                                         {"run", "--seed"}}) {
    for (const char* value : {"-1", "18446744073709551616", "1.5", "x"}) {
      std::vector<std::string> arguments = {subcommand, flag, value, "fast", "slow"};
      if (subcommand == std::string("run")) {
        arguments = commands;
        arguments.insert(arguments.end(), {flag, value});
      }
      const Outcome outcome = bench(arguments);
      CAPTURE(arguments, outcome.err);
      CHECK(outcome.code == 2);
      CHECK_THAT(outcome.err, Catch::Contains("'" + std::string(value) + "' is not a whole number from "));
    }
  }
  CHECK(bench({"history", "--newest", "18446744073709551615", "fast", "slow"}).code == 2);
  CHECK(bench({"history", "--newest", "0", "fast", "slow"}).code == 2);
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

// They gave advice on runs and alpha, or said nothing.
TEST_CASE("a key that no result has is a warning of history and calibrate, too") {
  const Bench bench;
  const auto warning = [&](const std::vector<std::string>& arguments) { return bench(arguments).err; };
  CHECK_THAT(warning({"history", "--col", "comit", "fast", "slow"}),
             Catch::StartsWith("benchcmp: warning: -col: no result has a key comit\n"));
  CHECK_THAT(warning({"history", "--table", "pgk,goos", "fast", "slow"}),
             Catch::StartsWith("benchcmp: warning: -table: no result has a key pgk\n") &&
                 !Catch::Contains("has a key goos"));
  CHECK_THAT(warning({"history", "fast", "slow"}), !Catch::Contains("no result has a key"));
  CHECK_THAT(warning({"calibrate", "--ignore", "cpux", "--row", "/x", "fast", "slow"}),
             Catch::StartsWith("benchcmp: warning: -row: no result has a key /x\n"
                               "benchcmp: warning: -ignore: no result has a key cpux\n"));
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

TEST_CASE("a profile that is named and cannot be read is an error, also where nothing regressed") {
  const Bench bench;
  write(bench.directory.file("text"), "no profile");
  for (const auto& [profiles, message] :
       {std::pair{"nope,text", "cannot read nope: No such file"}, {"text,text", "text"}}) {
    for (const char* after : {"slow", "fast"}) {
      const Outcome outcome = bench({"--profile", profiles, "--fail-on-regression", "fast", after});
      CAPTURE(profiles, after, outcome.err);
      CHECK(outcome.code == 1);
      CHECK(outcome.out.empty());
      CHECK_THAT(outcome.err, Catch::StartsWith("benchcmp: ") && Catch::Contains(message));
    }
  }
}

// Those of criterion were one commit all together, and of others "it is a directory; name a file".
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
  CHECK_THAT(tail.out, Catch::Contains("p=0.002 n=6") &&
                           Catch::Contains("quantile 0.9 rather than the median") &&
                           Catch::Contains("need >= 50 samples for quantile 0.9"));
  CHECK(bench({"--quantile", "1", "fast"}).code == 2);
  CHECK(bench({"--quantile", "0.9", "--paired", "fast", "slow"}).code == 2);
}

// The flag was without effect, and the report said the median.
TEST_CASE("the --quantile of summaries is refused: they have none") {
  const Bench bench;
  write(bench.directory.file("summary"),
        R"({"context": {}, "benchmarks": [{"name": "A_mean", "run_name": "A", "run_type": "aggregate", )"
        R"("aggregate_name": "mean", "repetitions": 9, "time_unit": "ns", "real_time": 10}, {"name": )"
        R"("A_stddev", "run_name": "A", "run_type": "aggregate", "aggregate_name": "stddev", )"
        R"("repetitions": 9, "time_unit": "ns", "real_time": 1}]})");
  for (const std::vector<std::string>& files :
       {std::vector<std::string>{"summary"}, {"summary", "fast"}, {"fast", "summary"}}) {
    std::vector<std::string> arguments = {"--quantile", "0.9"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    const Outcome outcome = bench(arguments);
    CAPTURE(files);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Catch::Contains("--quantile: A sec/op: summaries have no quantiles\n"));
  }
}

TEST_CASE("output that cannot be written is a failure") {
  const Bench bench;
  CHECK(run({"sh", "-c", tool("benchcmp") + " " + bench.directory.file("fast") + " > /dev/full"}).code == 1);
}

// Both said that --fail-on-missing alone looks for regressions, and the page that history writes Markdown.
TEST_CASE("help and the manual page tell what each gate's exit codes mean, and the formats of history") {
  const Bench bench;
  std::string help = bench({"--help"}).out;
  std::replace(help.begin(), help.end(), '\n', ' ');
  CHECK_THAT(help,
             Catch::Contains("with --fail-on-regression: 3 a regression was found, 4 inconclusive; with "
                             "--fail-on-missing: 3 a benchmark is missing."));
  const std::string page = bench({"--man-page"}).out;
  CHECK_THAT(page, Catch::Contains("a regression was found; with \\-\\-fail\\-on\\-missing: a benchmark is "
                                   "missing"));
  const std::string history = page.substr(page.find(".SS benchcmp history"));
  CHECK_THAT(history.substr(0, history.find(".SS benchcmp run")), Catch::Contains("text|csv|json|html\\fR"));
}

TEST_CASE("the manual page has every flag, subcommand and exit code") {
  const Outcome page = run({tool("benchcmp"), "--man-page"});
  CHECK(page.code == 0);
  for (const char* part : {".TH BENCHCMP 1", "\\-\\-fail\\-on\\-regression", "benchcmp run",
                           "benchcmp calibrate", ".SH EXIT STATUS", "inconclusive", ".SH EXAMPLES"}) {
    CHECK_THAT(page.out, Catch::Contains(part));
  }
}
