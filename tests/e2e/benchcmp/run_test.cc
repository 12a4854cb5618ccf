// benchcmp run on shell commands that print what they like: no clock decides these tests.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/e2e/benchcmp/run_bench.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

using namespace prof::test;

namespace {

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) found++;
  return found;
}

}  // namespace

TEST_CASE("run: a slowdown is found in pairs, in random order, and both files are Go benchmark text") {
  const RunBench bench;
  const std::string fast = bench.program("fast", 1000), slow = bench.program("slow", 2000);
  const Outcome found =
      bench({"--old", fast, "--new", slow, "-n", "8", "--seed", "1", "--fail-on-regression=5"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::StartsWith("REGRESSED: 1 regression") && Catch::Contains("A  sec/op +"));
  CHECK_THAT(found.err, Catch::Contains("8 of 8 pairs, seed 1"));
  const std::string text = read(bench.directory.file("out/new.txt"));
  CHECK(count(text, "BenchmarkA 1 2") == 8);
  CHECK_THAT(text, Catch::Contains("goos: linux\n") && Catch::Contains("kernel: "));

  const std::string order = read(bench.directory.file("order"));
  for (size_t pair = 0; pair < 8; pair++)
    CHECK(count(order.substr(pair * 10, 10), "fast") == 1);  // ten bytes a pair
  CHECK(count(order, "slow\nfast\nfast\nslow") + count(order, "fast\nslow\nslow\nfast") >
        0);  // not always in turn

  // The same as comparing the files.
  const Outcome again =
      run({tool("benchcmp"), "--fail-on-regression=5", "old=" + bench.directory.file("out/old.txt"),
           "new=" + bench.directory.file("out/new.txt")});
  CHECK(again.out == found.out);
  CHECK(again.code == found.code);
}

TEST_CASE("run: the same program twice passes") {
  const RunBench bench;
  const std::string fast = bench.program("fast", 1000);
  const Outcome same = bench({"--old", fast, "--new", fast, "-n", "8", "--fail-on-regression=5"});
  CHECK(same.code == 0);
  CHECK_THAT(same.out, Catch::StartsWith("PASSED: no regression, 1 unchanged"));
}

TEST_CASE("run: --sequential stops when the answer is clear, both ways, and not before") {
  const RunBench bench;
  const std::string fast = bench.program("fast", 1000), slow = bench.program("slow", 2000);
  const Outcome found =
      bench({"--old", fast, "--new", slow, "-n", "40", "--sequential", "--fail-on-regression=5"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK(found.err.find("40 of 40") == std::string::npos);
  const Outcome same =
      bench({"--old", fast, "--new", fast, "-n", "40", "--sequential", "--fail-on-regression=5"});
  CAPTURE(same.out, same.err);
  CHECK(same.code == 0);
  CHECK(same.err.find("40 of 40") == std::string::npos);
  CHECK_THAT(same.out, Catch::StartsWith("PASSED"));
}

// The level of the first looks of so many pairs is below all that 1 - alpha can tell from 1.
TEST_CASE("run: --sequential of up to 500 pairs finds a slowdown; it ended by SIGABRT") {
  const RunBench bench;
  const Outcome found = bench({"--old", bench.program("fast", 1000), "--new", bench.program("slow", 2000),
                               "-n", "500", "--sequential", "--fail-on-regression=5"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
}

TEST_CASE("run: the level of --sequential has three digits; it was 0.0045000000000000005") {
  const Outcome found =
      RunBench()({"--old", "echo BenchmarkA 1 10 ns/op", "--new", "echo BenchmarkA 1 20 ns/op", "-n", "13",
                  "--sequential", "--fail-on-regression=5"});
  CHECK_THAT(found.out, Catch::Contains("(p <= 0.0045; by"));
}

// Alpha was spent on looks at which so few pairs could not differ significantly by their own test.
TEST_CASE("run: --sequential --paired looks from the pairs on that its own test can find a difference in") {
  const auto level_of = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--old",        "echo BenchmarkA 1 10 ns/op",
                                          "--new",        "echo BenchmarkA 1 10 ns/op",
                                          "-n",           "8",
                                          "--sequential", "--format",
                                          "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto report = nlohmann::json::parse(RunBench()(arguments).out);
    return report["verdict"]["alpha"].get<double>();
  };
  // Signed ranks of seven pairs have p = 0.0156 at least, ranks of five runs a side 0.0079.
  CHECK(level_of({"--paired"}) > level_of({}));
}

// The first run of old and the last one of new lack A on a machine that becomes slower: its runs were of
// different pairs, and 5% slower was 12.5% faster.
TEST_CASE("run: --paired compares runs of one pair, also where a benchmark is missing now and then") {
  const RunBench bench;
  write(bench.directory.file("program"), R"(echo x >> $1; n=$(wc -l < $1); v=$2
for i in $(seq $n); do v=$((v * 6 / 5)); done
echo BenchmarkZ 1 7 ns/op
[ $n = $3 ] || echo BenchmarkA 1 $v ns/op
)");
  const Outcome found = bench({"--old", "sh ./program o 1000000 1", "--new", "sh ./program n 1050000 9", "-n",
                               "9", "--paired", "--fail-on-regression=3"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("regressed    A  sec/op +5.00% ") && Catch::Contains("n=7") &&
                            Catch::Contains("1 of 8 runs left out: they have no pair"));
  // Its files tell the pairs.
  Run options;
  options.directory = bench.directory.file("out");
  const Outcome again = run({tool("benchcmp"), "--paired", "old.txt", "new.txt"}, options);
  CHECK_THAT(again.out, Catch::Contains("+5.00% (p=0.016 n=7)"));
}

// After the first pair, which may have taken hours.
TEST_CASE("run: a directory that cannot be written is told before anything runs") {
  for (const char* directory : {"out", "raw"}) {
    const RunBench bench;
    write(bench.directory.file(directory), "a file");
    const std::string program = bench.program("fast", 1000);
    const Outcome outcome =
        bench({"--old", program, "--new", program, "-n", "1", "--raw", bench.directory.file("raw")});
    CAPTURE(directory, outcome.err);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Catch::Contains("cannot write " + bench.directory.file(directory)));
    CHECK_FALSE(std::filesystem::exists(bench.directory.file("order")));
  }
}

TEST_CASE("run: what goes wrong is one message, with what the command said") {
  struct Case {
    const char* command;
    std::vector<std::string> flags;
    const char* message;
  };
  const Case cases[] = {
      {"echo no input >&2; exit 3", {}, "the old command exited with 3:\nno input\n"},
      {"kill -9 $$", {}, "the old command was ended by Killed\n"},
      {"no-such-program-here", {}, "the old command exited with 127:\n"},
      {"echo hello",
       {},
       "the old command printed no benchmark that is read (docs/benchcmp.md lists the formats; "
       "--time measures the command itself):\nhello\n"},
      // The wait had no end and no pause, and Ctrl-C did not end it.
      {"exit 5", {"--timeout", "1e20"}, "the old command exited with 5\n"},
      {"sleep 30", {"--timeout", "0.1"}, "the old command was killed after 0.1 s (--timeout)\n"},
  };
  for (const Case& c : cases) {
    const RunBench bench;
    std::vector<std::string> arguments = {"--old", c.command, "--new", c.command, "--no-interleave"};
    arguments.insert(arguments.end(), c.flags.begin(), c.flags.end());
    const Outcome outcome = bench(arguments);
    CAPTURE(c.command, outcome.out, outcome.err);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Catch::StartsWith(std::string("benchcmp: ") + c.message));
    CHECK(outcome.out.empty());
  }
  CHECK(RunBench()({"--old", "true"}).code == 2);
  CHECK(RunBench()({"--old", "true", "--new", "true", "--cpu", "0-x"}).code == 2);
  const Outcome endless = RunBench()({"--old", "true", "--new", "true", "--timeout", "inf"});
  CHECK(endless.code == 2);
  CHECK_THAT(endless.err, Catch::Contains("'inf' is not a number above 0"));
}

TEST_CASE("run: a JUnit file in the directory that the run makes was refused") {
  const RunBench bench;
  const Outcome outcome = bench({"--old", "echo BenchmarkA 1 5 ns/op", "--new", "echo BenchmarkA 1 5 ns/op",
                                 "-n", "2", "--junit", "out/j.xml"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(run({"test", "-s", bench.directory.file("out/j.xml")}).code == 0);
}

// All pairs were run first.
TEST_CASE("run: a wrong expression, waiver, noise or JUnit file is told before anything runs") {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"-filter", "a:("}, "benchcmp: parsing -filter: syntax error"},
      {{"-row", "a,,b"}, "benchcmp: parsing -row: syntax error"},
      {{"--waivers", "none"}, "benchcmp: cannot read none: No such file"},
      {{"--noise", "none"}, "benchcmp: cannot read none: No such file"},
      {{"--junit", "none/j.xml"}, "benchcmp: cannot write none/j.xml: "}};
  for (const auto& [flags, message] : cases) {
    const RunBench bench;
    std::vector<std::string> arguments = {"--old", "touch ran", "--new", "touch ran"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Outcome outcome = bench(arguments);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.err, Catch::StartsWith(message));
    CHECK(run({"test", "-e", bench.directory.file("ran")}).code == 1);
  }
}

TEST_CASE("run: Ctrl-C keeps the complete pairs, compares them and exits with 130") {
  const RunBench bench;
  // The sixth run never ends by itself: there are two complete pairs, and a half.
  write(bench.directory.file("stuck"),
        "echo x >> order\n[ $(wc -l < order) -lt 6 ] || sleep 60\necho BenchmarkA 1 10 ns/op\n");
  const Outcome outcome = bench({"--old", "sh ./stuck", "--new", "sh ./stuck", "-n", "9"}, 2000);
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.code == 130);
  CHECK_THAT(outcome.err, Catch::Contains("2 of 9 pairs") && Catch::Contains("interrupted"));
  CHECK_THAT(outcome.out, Catch::Contains("n=2"));
}

// They were killed at once, and left behind what they would have removed.
TEST_CASE("run: on Ctrl-C and at the limit commands may clean up; what does not end is killed") {
  const std::string command =
      "trap 'echo int >> ended; exit 1' INT; trap 'echo term >> ended; exit 1' TERM; sleep 30 & wait";
  const RunBench interrupted;
  CHECK(interrupted({"--old", command, "--new", command}, 1500).code == 130);
  CHECK(read(interrupted.directory.file("ended")) == "int\n");
  // The shell ends at once, its child takes a while.
  const RunBench late;
  const std::string child = "sh -c \"trap 'sleep 0.3; echo child >> ended' TERM; sleep 30 & wait\"; true";
  CHECK(late({"--old", child, "--new", child, "--timeout", "1"}).code == 1);
  CHECK(read(late.directory.file("ended")) == "child\n");
  const RunBench deaf;
  const std::string ignores = "trap '' INT TERM; echo $$ > pid; sleep 30; sleep 30";
  CHECK_THAT(deaf({"--old", ignores, "--new", ignores, "--timeout", "1"}).err,
             Catch::Contains("was killed after 1 s (--timeout)"));
  CHECK(run({"sh", "-c", "kill -0 $(cat " + deaf.directory.file("pid") + ")"}).code != 0);
}

// It waited for ever, without a word, for what had been stopped.
TEST_CASE("run: a command that reads or changes the terminal is told, not waited for") {
  for (const char* side :
       {"stty -echo </dev/tty; echo BenchmarkA 1 1 x", "read answer </dev/tty; echo BenchmarkA 1 1 x"}) {
    TempDir directory;
    Run options;
    options.directory = directory.path();
    options.terminal = true;
    options.timeout_seconds = 20;
    const Outcome outcome = run({"sh", "-c", "exec setsid --ctty --wait \"$@\" <&1", "sh", tool("benchcmp"),
                                 "run", "--old", side, "--new", side, "-n", "1", "--no-interleave"},
                                options);
    CAPTURE(side, outcome.out);
    CHECK(outcome.code == 1);
    CHECK_THAT(outcome.out, Catch::Contains("the old command was stopped by the terminal"));
  }
}

// It was left running, and nobody waited for it.
TEST_CASE("run: a terminal that goes away ends the command too, but under nohup") {
  for (const bool ignored : {false, true}) {
    TempDir directory;
    Run options;
    options.directory = directory.path();
    options.signal_after_ms = 1500;
    options.signal = SIGHUP;
    const Outcome outcome =
        run({"sh", "-c",
             std::string(ignored ? "trap '' HUP; " : "") + "exec " + tool("benchcmp") +
                 " run -n 1 --old 'echo $$ > pid; sleep 4; echo BenchmarkA 1 1 x' --new 'echo "
                 "BenchmarkA 1 1 x' --no-interleave"},
            options);
    CAPTURE(ignored, outcome.err);
    CHECK(outcome.code == (ignored ? 0 : 130));
    CHECK(run({"sh", "-c", "kill -0 $(cat " + directory.file("pid") + ")"}).code != 0);
  }
}

// It waited for ever.
TEST_CASE(
    "run: where pidfd_open is refused commands are waited for all the same, and limits and Ctrl-C hold") {
  TempDir directory;
  Run options;
  options.directory = directory.path();
  options.timeout_seconds = 20;
  const auto sandboxed = [&](const std::string& command, const std::string& timeout) {
    return run({tool("benchcmp_no_pidfd"), tool("benchcmp"), "run", "-n", "1", "--timeout", timeout, "--old",
                command, "--new", command},
               options);
  };
  CHECK(sandboxed("echo BenchmarkA 1 10 ns/op", "10").code == 0);
  CHECK_THAT(sandboxed("sleep 30", "0.1").err, Catch::Contains("was killed after 0.1 s"));
  options.signal_after_ms = 1000;
  CHECK(sandboxed("sleep 30", "20").code == 130);
}

TEST_CASE("run: --time measures commands, --warmup is not counted, --raw keeps what they print") {
  const RunBench bench;
  const Outcome outcome =
      bench({"--old", "echo x >> order; echo hello", "--new", "echo x >> order", "--time", "-n", "2",
             "--warmup", "1", "--cpu", "0", "--raw", bench.directory.file("raw")});
  CAPTURE(outcome.out, outcome.err);
  CHECK(outcome.code == 0);
  for (const char* unit : {"sec/op", "user-sec/op", "sys-sec/op", "peak-B"})
    CHECK_THAT(outcome.out, Catch::Contains(unit));
  CHECK(count(read(bench.directory.file("order")), "x") == 6);
  CHECK(read(bench.directory.file("raw/old-2.out")) == "hello\n");
}

TEST_CASE("run: repetitions of one process are one value, their median, in any format") {
  const RunBench bench;
  const std::string command = "for v in 5 30 7; do echo \"BenchmarkA 10 $v ns/op\"; done";
  CHECK(bench({"--old", command, "--new", command, "-n", "1"}).code == 0);
  CHECK_THAT(read(bench.directory.file("out/old.txt")), Catch::Contains("BenchmarkA 30 7e-09 sec/op\n"));
}

// It was sorted among the others, and the median was 4 without a word.
// A no-break space ended the name in the files that are compared: the row was malformed on both sides, gone,
// and nothing failed.
TEST_CASE("run: a benchmark whose name has a space of Unicode is compared") {
  const RunBench bench;
  const auto program = [&](const char* file, int ns) {
    write(bench.directory.file(file), R"({"benchmarks": [)"
                                      R"({"name": "a\u00a0b", "real_time": )" +
                                          std::to_string(ns) +
                                          R"(}, {"name": "c\u2003d\u0085\u3000e f", "real_time": 1}]})");
    return std::string("cat ") + file;
  };
  const Outcome found = bench({"--old", program("old.json", 10), "--new", program("new.json", 20), "-n", "6",
                               "--fail-on-regression=5", "--fail-on-missing"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("regressed    a_b  sec/op +100.00%"));
  CHECK_THAT(read(bench.directory.file("out/new.txt")), Catch::Contains("Benchmarkc_d__e_f 1 "));
}

// The files have the commands above the runs, and were taken for what those print: "nothing to compare".
TEST_CASE("run: a command that has a line of another format in it is compared") {
  const std::string line = "echo 'test A ... bench: 10 ns/iter (+/- 1)'";
  const Outcome ran = RunBench()({"--old", line, "--new", line, "-n", "2"});
  CAPTURE(ran.err);
  CHECK(ran.code == 0);
}

TEST_CASE("run: benchmarks that become one, for their names differ in blanks only, are told; they were not") {
  const RunBench bench;
  write(bench.directory.file("f"), R"({"benchmarks": [{"name": "a b", "real_time": 1},
                                     {"name": "a_b", "real_time": 3}]})");
  const Outcome ran = bench({"--old", "cat f", "--new", "cat f", "-n", "2"});
  CAPTURE(ran.err);
  CHECK(
      count(ran.err,
            R"(the old command's output: "a b" and "a_b" are one benchmark: a name has _ for each blank)") ==
      1);
}

// Each was looked for among all before it: for hours, in which SIGTERM did nothing either.
TEST_CASE("run: output of 100,000 malformed lines is read at once, and not repeated whole") {
  const RunBench bench;
  const Outcome ran = bench({"--old", "yes 'BenchmarkY 1' | head -100000; echo BenchmarkZ 1 5 ns/op", "--new",
                             "echo BenchmarkZ 1 5 ns/op", "-n", "2"});
  CHECK(ran.code == 0);
  CHECK(count(ran.err, ": missing measurements\n") == 99);
  CHECK_THAT(ran.err, Catch::Contains("\nbenchcmp: and 99901 more like these\n"));
}

TEST_CASE("run: a repetition that is NaN is left out and told, but where there is nothing else") {
  const RunBench bench;
  const std::string command =
      "for v in 5 4 NaN 2 1; do echo \"BenchmarkA 1 $v ns/op\"; done; echo BenchmarkB 1 NaN x";
  const Outcome outcome = bench({"--old", command, "--new", command, "-n", "2"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(count(outcome.err, "the old command's output: A sec/op: values that are NaN are left out\n") == 1);
  CHECK_THAT(read(bench.directory.file("out/old.txt")),
             Catch::Contains("BenchmarkA 5 3e-09 sec/op\nBenchmarkB 1 nan x\n"));
}

// They were lost: a gate of a unit without a direction passed, whatever became of it.
TEST_CASE("run: what a side says of its units holds as in a file of its own") {
  const RunBench bench;
  const auto side = [](const char* frobs) {
    return std::string("echo 'Unit frobs better=higher assume=exact'; echo BenchmarkA 1 ") + frobs + " frobs";
  };
  const Outcome found = bench({"--old", side("10"), "--new", side("5"), "-n", "2", "--fail-on-regression"});
  CAPTURE(found.out, found.err);
  CHECK(found.code == 3);
  CHECK_THAT(found.out, Catch::Contains("A  frobs -50.00% (exact)"));
  CHECK(count(read(bench.directory.file("out/new.txt")), "Unit frobs better=higher\n") == 1);
}

// The second run's A was in a table of its own, with the `mode` that the first run left behind.
TEST_CASE("run: a line of configuration holds to the end of its run, and for what comes behind it there") {
  const RunBench bench;
  const std::string side =
      "echo BenchmarkA 1 10 ns/op; echo mode: fast; echo goos: plan9; echo BenchmarkB 1 10 ns/op";
  CHECK(bench({"--old", side, "--new", side, "-n", "2"}).code == 0);
  const std::string text = read(bench.directory.file("out/old.txt"));
  CAPTURE(text);
  const std::string one_run =
      "BenchmarkA 1 1e-08 sec/op\ngoos: plan9\nmode: fast\nBenchmarkB 1 1e-08 sec/op\nmode:\ngoos: linux\n";
  CHECK_THAT(
      text, Catch::EndsWith("# pair 1 of benchcmp run\n" + one_run + "# pair 2 of benchcmp run\n" + one_run));
}
