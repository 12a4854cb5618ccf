// The formats: what counts as a result, what is a problem, what is neither.
#include <algorithm>
#include <catch2/catch.hpp>

#include "stats/table/builder.h"
#include "tests/unit/stats/collect.h"

using namespace bench;
using namespace bench::test;

TEST_CASE("Go result lines") {
  const std::pair<std::string, Lines> cases[] = {
      {"BenchmarkA 1 2 ns/op", {"A 1 2e-09 sec/op"}},
      {"BenchmarkA-8 \t 10\t2.5 x 3 MB/s  \r\n", {"A-8 10 2.5 x 3e+06 B/s"}},
      {"BenchmarkA\xC2\xA0"
       "1\xE2\x80\x83"
       "2 x",
       {"A 1 2 x"}},
      {"Benchmark 1 2 x", {" 1 2 x"}},
      {"BenchmarkA 1 0 ns/op", {"A 1 0 sec/op"}},  // benchstat keeps the unit of a zero untidied
      {"BenchmarkA 1 0x1p-2 x 1_0 y .5e1 z inf u", {"A 1 0.25 x 10 y 5 z +Inf u"}},
      {"  BenchmarkA 1 2 x", {}},
      {"benchmark 1 2 x", {}},
      {"BenchmarkA", {}},
      {"PASS\nok  \tpkg\t1.0s\n--- FAIL: TestX\n", {}},
  };
  for (const auto& [text, results] : cases) {
    CAPTURE(text);
    const Collected collected = collect(text);
    CHECK(collected.results == results);
    CHECK(collected.problems.empty());
    CHECK(collected.error.empty());
  }
}

TEST_CASE("a line of Go text says the same whatever the line in front of it is") {
  const Lines lines = {"BenchmarkA 10 2.5 ns/op",
                       "BenchmarkA 1234567 2 ns/op",
                       "BenchmarkA 10 2.5 ns/op 7 B/op",
                       "BenchmarkA 10 2.5 ns/op 7 B/op 1 allocs/op",
                       "BenchmarkA 10 7 B/op 2.5 ns/op",
                       "BenchmarkA 10 2.5 ns/opp",
                       "BenchmarkA 10 2.5 ns/op 7",
                       "BenchmarkA 10 2.5 ns/op 7x B/op",
                       "BenchmarkA 10 25e-1 ns/op 7 B/op",
                       "BenchmarkA 10\t2.5 ns/op  7 B/op ",
                       "BenchmarkA 1e1 2.5 ns/op",
                       "BenchmarkA 99999999999999999999 2.5 ns/op",
                       "BenchmarkA 10 ns/op",
                       "BenchmarkA 10",
                       "BenchmarkA",
                       "BenchmarkAB 10 2.5 ns/op 7 B/op",
                       "BenchmarkB 10 2.5 ns/op 7 B/op",
                       "cpu: x",
                       "ok"};
  for (const std::string& first : lines) {
    for (const std::string& second : lines) {
      for (const std::string& third : {first, second}) {
        CAPTURE(first, second, third);
        Lines apart;
        for (const std::string& line : {first, second, third}) {
          for (const std::string& result : collect(line).results) apart.push_back(result);
        }
        Lines together = collect(first + "\n" + second + "\n" + third).results;
        for (std::string& result : together)
          result = result.substr(0, result.find(" ["));  // its configuration
        CHECK(together == apart);
      }
    }
  }
}

TEST_CASE("of very many units in a line each keeps its values") {
  Lines expected;
  std::string text;
  for (const int step : {1, 7, 1}) {  // in another order, and in the first one again
    std::string line = "A 1";
    for (int i = 0; i < 1000; i++) line += " " + std::to_string(i) + " u" + std::to_string(i * step % 1000);
    line += " 5 u3";
    text += "Benchmark" + line + "\n";
    expected.push_back(line);
  }
  CHECK(collect(text).results == expected);
}

TEST_CASE("malformed lines are problems with their place, and dropped whole") {
  const std::pair<std::string, std::string> cases[] = {
      {"BenchmarkA ", "missing iteration count"},
      {"BenchmarkA x 1 ns/op", "parsing iteration count: invalid syntax"},
      {"BenchmarkA 1.5 1 ns/op", "parsing iteration count: invalid syntax"},
      {"BenchmarkA 99999999999999999999 1 ns/op", "parsing iteration count: value out of range"},
      {"BenchmarkA 1", "missing measurements"},
      {"BenchmarkA 1 x ns/op", "parsing measurement: invalid syntax"},
      {"BenchmarkA 1 1 x 2 y 1e400 z", "parsing measurement: value out of range"},
      {"BenchmarkA 1 1 x 2", "missing units"},
      {"Unit", "missing unit"},
      {"Unit x assume", "expected key=value"},
      {"Unit x =y", "expected key=value"},
  };
  for (const auto& [line, message] : cases) {
    CAPTURE(line);
    const Collected collected = collect("pkg: p\n" + line + "\nBenchmarkB 1 1 x\n");
    CHECK(collected.problems == Lines{"f:2: " + message});
    CHECK(collected.results == Lines{"B 1 1 x [pkg=p]"});
  }
}

TEST_CASE("configuration lines") {
  const std::pair<std::string, std::string> cases[] = {
      {"goos: linux", "goos=linux"},
      {"goos:\t linux  x ", "goos=linux  x "},
      {"goos:linux", ""},
      {"Goos: linux", ""},
      {"go os: linux", ""},
      {"gOos: linux", ""},
      {"täg: x", "täg=x"},
      {"a: 1\nb: 2\na:", "b=2"},
      {"a: 1\nb: 2\na: 3", "a=3 b=2"},
      {": x", ""},
      {"https://x", ""},
      {"a::  x", ""},
  };
  for (const auto& [lines, config] : cases) {
    CAPTURE(lines);
    const Collected collected = collect(lines + "\nBenchmarkA 1 1 x");
    CHECK(collected.results == Lines{"A 1 1 x" + (config.empty() ? "" : " [" + config + "]")});
  }
}

TEST_CASE("unit metadata") {
  const Collected collected =
      collect("Unit ns/op better=higher assume=exact\nUnit sec/op better=lower\nUnit x a=b\n");
  CHECK(collected.problems == Lines{"f:2: metadata better of unit sec/op already set to higher"});
  CHECK(collected.units.exact("ns/op"));
  CHECK_FALSE(collected.units.exact("x"));
  CHECK(collected.units.better("sec/op") == Better::kHigher);
  CHECK(collected.units.better("B/op") == Better::kLower);
}

TEST_CASE("long inputs are parsed in blocks, and read as one") {
  std::string text;
  Lines expected, problems;
  for (int i = 0; i < 60000; i++) {
    const std::string number = std::to_string(i);
    if (i % 20000 == 7) text += "key: v" + number + "\n";
    if (i % 30000 == 9) {
      problems.push_back("f:" + std::to_string(1 + std::count(text.begin(), text.end(), '\n')) +
                         ": missing measurements");
      text += "BenchmarkBad 1 \n";
    }
    text += "BenchmarkA" + number + " 1 " + number + " x 2 y" + std::to_string(i % 40) + "\n";
  }
  const Collected collected = collect(text);
  REQUIRE(collected.results.size() == 60000);
  CHECK(collected.problems == problems);
  CHECK(collected.results[5] == "A5 1 5 x 2 y5");
  CHECK(collected.results[7] == "A7 1 7 x 2 y7 [key=v7]");
  CHECK(collected.results[59999] == "A59999 1 59999 x 2 y39 [key=v40007]");
}

TEST_CASE("units of one name are one, and of two names are two, whoever reads them") {
  // Package q has no pkg line: its results differ from p's in the unit alone.
  UnitMetadata units;
  const auto builder = TableBuilder::make({}, units);
  Source source{"f", {}, units, **builder};
  source.config.set(".file", "f", false);
  REQUIRE(read_benchmarks(R"({"Action":"output","Package":"p","Output":"BenchmarkA 1 1 x\n"}
{"Action":"output","Package":"q","Output":"BenchmarkA 1 2 y\n"}
{"Action":"output","Package":"r","Output":"BenchmarkA 1 3 x\n"}
)",
                          source));
  const Tables tables = (*builder)->build({});
  REQUIRE(tables.tables.size() == 2);
  CHECK(tables.tables[0].unit == "x");
  CHECK(tables.tables[0].rows[0].cells[0].sample.size() == 2);
  CHECK(tables.tables[1].unit == "y");
}

TEST_CASE("encodings and long lines") {
  const std::string line = "BenchmarkA 1 2 x\n";
  std::string little = "\xFF\xFE", big = "\xFE\xFF";
  for (const char c : line) {
    little += std::string{c, '\0'};
    big += std::string{'\0', c};
  }
  for (const std::string& text : {"\xEF\xBB\xBF" + line, little, big})
    CHECK(collect(text).results == Lines{"A 1 2 x"});
  CHECK_THAT(collect(little.substr(2)).error,
             Catch::Contains("UTF-16 without a byte order mark; convert it to UTF-8"));
  CHECK_THAT(collect(std::string("\xFF\xFE\0\0", 4) + line).error, Catch::Contains("UTF-32"));
  const std::string name(300000, 'x');
  CHECK(collect("Benchmark" + name + " 1 2 x").results == Lines{name + " 1 2 x"});
}

// It was taken for Go text without a benchmark, and a compressed file is.
TEST_CASE("a compressed file is told to be one") {
  for (const auto& [magic, name] : {std::pair{"\x1f\x8b\b", "gzip"},
                                    {"\x28\xb5\x2f\xfd", "zstd"},
                                    {"\xfd\x37zXZ", "xz"},
                                    {"BZh9", "bzip2"}}) {
    CHECK_THAT(collect(std::string(magic) + "xyz").error,
               Catch::Contains(std::string("it is compressed (") + name + "); unpack it first, as with " +
                               name + " -dc"));
  }
}

// A unit had the sequence at its end, and no line began with Benchmark.
TEST_CASE("what grep --color=always adds is left out, and colours with colons") {
  const std::string on = "\x1b[01;31m\x1b[K", off = "\x1b[m\x1b[K";
  const std::string text =
      on + "Benchmark" + off + "A 1 2 ns/op\x1b[K\n\x1b[38:5:9mBenchmarkB 1 3 x\x1b[0m\n";
  CHECK(collect(text).results == Lines{"A 1 2e-09 sec/op", "B 1 3 x"});
}

// Nothing was found in them.
TEST_CASE("go test -json 2>&1: what the go command says in front and in between") {
  const std::string object = R"({"Action":"output","Package":"p","Output":"BenchmarkA 1 2 x\n"})"
                             "\n";
  const Collected collected =
      collect("go: downloading foo v1.2.3\n# p\n" + object + "go: warning\n" + object);
  CHECK(collected.results == Lines{"A 1 2 x", "A 1 2 x"});
  CHECK(collected.problems.empty());
  CHECK(collect("# p\nld: warning: odd\n" + object).results == Lines{"A 1 2 x"});
  // It was looked for in a hundred lines.
  std::string downloads;
  for (int i = 0; i < 300; i++) downloads += "go: downloading foo v1.2." + std::to_string(i) + "\n";
  CHECK(collect(downloads + object).results == Lines{"A 1 2 x"});
  const Collected text = collect("goos: linux\n{\"Action\": \"log\"}\nBenchmarkA 1 2 x\n");
  CHECK(text.results == Lines{"A 1 2 x [goos=linux]"});
}

TEST_CASE("go test -json: pieces of a line go together, packages stay apart") {
  const Collected collected = collect(
      R"({"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"pkg: p\n"}
{"Action":"output","Package":"p","Test":"B","Output":"BenchmarkA \t"}
{"Action":"output","Package":"q","Output":"BenchmarkQ 1 7 x\n"}
{"Action":"output","Package":"p","Output":"1 2 x\n"}
not json
)");
  CHECK(collected.results == Lines{"A 1 2 x [pkg=p]", "Q 1 7 x [pkg=p]"});
  CHECK(collected.problems == Lines{"f:6: expected a JSON object of go test -json"});
}

TEST_CASE("go test -json: problems name the line of the file in which the text begins") {
  const Collected collected = collect(
      R"({"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"pkg: p\nBenchmarkA 1 bad x\nBenchmarkB 1 2 x\n"}
{"Action":"output","Package":"q","Output":"BenchmarkQ "}
{"Action":"output","Package":"p","Output":""}

{"Action":"output","Package":"p","Output":"BenchmarkC \t"}
{"Action":"output","Package":"q","Output":"1 bad x\n\n"}
{"Action":"output","Package":"p","Output":"1 bad x\nBenchmarkD bad"}
)");
  CHECK(collected.results == Lines{"B 1 2 x [pkg=p]"});
  CHECK(collected.problems ==
        Lines{"f:2: parsing measurement: invalid syntax", "f:6: parsing measurement: invalid syntax",
              "f:8: parsing iteration count: invalid syntax", "f:3: parsing measurement: invalid syntax"});
}

TEST_CASE("Google Benchmark JSON: iterations, not aggregates") {
  const Collected collected = collect(R"({
  "context": {"date": "today", "host_name": "h", "num_cpus": 4, "caches": [], "library_build_type": "debug", "commit": "c1"},
  "benchmarks": [
    {"name": "BM_A/8", "run_name": "BM_A/8", "run_type": "iteration", "repetitions": 2, "repetition_index": 0, "threads": 1,
     "iterations": 100, "real_time": 2, "cpu_time": 1.5, "time_unit": "us", "bytes_per_second": 1e6, "misses": 7, "label": "l"},
    {"name": "BM_A/8_mean", "run_name": "BM_A/8", "run_type": "aggregate", "iterations": 2, "real_time": 2, "time_unit": "us"},
    {"name": "BM_B", "iterations": 1, "real_time": 3e0, "cpu_time": 3, "time_unit": "ns", "ratio": NaN, "most": -Infinity},
    {"name": "BM_C", "run_type": "iteration", "error_occurred": true, "error_message": "no"},
    {"name": "BM_D", "run_type": "iteration", "iterations": 1, "real_time": 1, "time_unit": "years"},
    {"name": "BM_A_BigO", "cpu_coefficient": 1, "real_coefficient": 2, "big_o": "N", "time_unit": "ns"},
    3
  ]})");
  const std::string config = " [num_cpus=4 library_build_type=debug commit=c1]";
  CHECK(collected.error.empty());
  CHECK(collected.results ==
        Lines{"BM_A/8 100 2e-06 sec/op 1.5e-06 cpu-sec/op 1e+06 B/s 7 misses" + config,
              "BM_B 1 3.0000000000000004e-09 sec/op 3.0000000000000004e-09 cpu-sec/op NaN ratio -Inf most" +
                  config});
  REQUIRE(collected.problems.size() == 4);
  CHECK_THAT(collected.problems[0],
             Catch::StartsWith("f: warning: Google Benchmark itself was built for debugging"));
  CHECK(collected.problems[1] == "f:8: benchmark 4: BM_C failed: no");  // nothing said so
  CHECK(collected.problems[2] == "f:9: benchmark 5: unknown time_unit years");
  CHECK(collected.problems[3] == "f:1: benchmark 7: expected an object");
}

// They were benchmarks: X_mean, X_median, X_stddev.
TEST_CASE("Google Benchmark JSON before 1.4.1: aggregates are told by their names") {
  const auto row = [](const std::string& name, const std::string& iterations) {
    return R"({"name": ")" + name + R"(", "iterations": )" + iterations + R"(, "real_time": 1})";
  };
  const Collected collected =
      collect(R"({"context": {}, "benchmarks": [)" + row("a", "500") + "," + row("a", "500") + "," +
              row("a_mean", "500") + "," + row("a_median", "500") + "," + row("a_stddev", "500") + "," +
              row("harmonic_mean", "9") + "]}");
  CHECK(collected.results ==
        Lines{"a 500 1e-09 sec/op", "a 500 1e-09 sec/op", "harmonic_mean 9 1e-09 sec/op"});
  CHECK(collected.problems.empty());
}

TEST_CASE("Google Benchmark JSON that has aggregates only says so") {
  const Collected collected = collect(
      R"({"context": {}, "benchmarks": [{"name": "A_mean", "run_name": "A", "run_type": "aggregate", "real_time": 2}]})");
  CHECK(collected.results.empty());
  CHECK(collected.problems ==
        Lines{"f: it has aggregates only, and no runs: leave out --benchmark_report_aggregates_only"});
}

// Only a file without any run was told: of others a regression of such a benchmark passed.
TEST_CASE("Google Benchmark: what has aggregates only is told, in a file that has runs of others too") {
  const std::string told = ": aggregates only, no runs; leave out ReportAggregatesOnly";
  const auto entry = [](const std::string& name, const std::string& type, const std::string& more) {
    return R"({"name": ")" + name + R"(", "run_name": "A", "run_type": ")" + type + R"(")" + more + "}";
  };
  const std::string aggregates =
      entry("A_mean", "aggregate", R"(, "real_time": 2)") + ",\n" +
      entry("A_stddev", "aggregate", R"(, "real_time": 2)") + ",\n" +
      R"({"name": "F_BigO", "run_name": "F", "run_type": "aggregate", "big_o": "N"})";
  const auto collect_all = [](const std::string& entries) {
    return collect("{\"context\": {}, \"benchmarks\": [\n" + entries + "]}");
  };
  const Collected other =
      collect_all(R"({"name": "B", "run_type": "iteration", "iterations": 1, "real_time": 1},)"
                  "\n" +
                  aggregates);
  CHECK(other.results == Lines{"B 1 1e-09 sec/op"});
  CHECK(other.problems == Lines{"f:3: A" + told});
  const Collected failed = collect_all(
      R"({"name": "B", "run_type": "iteration", "error_occurred": true, "error_message": "no"},)" +
      aggregates);
  CHECK(failed.problems == Lines{"f:2: benchmark 1: B failed: no",
                                 "f: it has aggregates only, and no runs: leave out "
                                 "--benchmark_report_aggregates_only"});
  CHECK(collect_all(aggregates + "," + entry("A", "iteration", R"(, "real_time": 2)")).problems.empty());

  const auto row = [](const std::string& name) { return name + "  12 ns  12 ns  3\n"; };
  const std::string header = "Benchmark  Time  CPU  Iterations\n", b = "B  1 ns  1 ns  1000\n",
                    a = row("A_mean") + row("A_median") + row("A_stddev");  // before 1.6: no A_cv
  CHECK(collect(header + b + a).problems == Lines{"f:3: A" + told});
  CHECK(collect(header + a).problems ==
        Lines{"f: it has aggregates only, and no runs: leave out --benchmark_report_aggregates_only"});
  CHECK(collect(header + b + row("A") + row("A") + row("A") + a).problems.empty());
}

// The runs that did not fail were few or none, and the zeros of the others in the statistics.
TEST_CASE("Google Benchmark JSON: a statistic that has an error is no summary") {
  const auto entry = [](const char* statistic) {
    return std::string(R"({"name": "A_x", "run_name": "A", "run_type": "aggregate", "aggregate_name": ")") +
           statistic +
           R"(", "repetitions": 3, "error_occurred": true, "error_message": "no", "real_time": 2})";
  };
  const Collected collected =
      collect(R"({"context": {}, "benchmarks": [)" + entry("mean") + "," + entry("stddev") + "]}");
  CHECK(collected.results.empty());
  CHECK(collected.problems == Lines{"f:1: benchmark 1: A_x failed: no", "f:1: benchmark 2: A_x failed: no"});
}

// It was "not whole JSON", and behind text nothing at all.
TEST_CASE("Google Benchmark JSON: several outputs in one file, and what the program prints around them") {
  const std::string output = R"({
  "context": {
    "note": "a } and \"{"
  },
  "benchmarks": [
    {"name": "A", "iterations": 1, "real_time": 1},
    {"name": "B", "error_occurred": true, "error_message": "no", "real_time": 0}
  ]
}
)";
  const Lines one = {"A 1 1e-09 sec/op [note=a } and \"{]"}, two = {one[0], one[0]};
  const Collected twice = collect(output + output);
  CHECK(twice.results == two);
  CHECK(twice.problems == Lines{"f:7: benchmark 2: B failed: no", "f:16: benchmark 2: B failed: no"});
  const Collected between = collect("loading {\n" + output + "done\n" + output + "bye\n");
  CHECK(between.results == two);
  CHECK(between.problems == Lines{"f:8: benchmark 2: B failed: no", "f:18: benchmark 2: B failed: no"});
  CHECK_THAT(collect(output + output.substr(0, output.size() - 5)).error,
             Catch::Contains("f:17: it starts like Google Benchmark's JSON but is not whole JSON"));
  CHECK_THAT(collect(R"({"results": [{"command": "c", "mean": 1, "times": [1]}]})"
                     "\n"
                     R"({"results": [{"command": "c", "mean": 1, "times": [1]}]})")
                 .error,
             Catch::Contains("not one JSON document but 2; a file each, with one label, is one side"));
}

// Both had "no input has a benchmark result": its own bytes were looked for, line ends included.
TEST_CASE("Google Benchmark JSON behind text: with the line ends of Windows, and compact") {
  const std::string row = R"({"name": "A", "iterations": 1, "real_time": 1})";
  const Lines one = {"A 1 1e-09 sec/op"};
  for (const std::string& output :
       {"{\r\n  \"context\": {\r\n  },\r\n  \"benchmarks\": [" + row + "]\r\n}\r\n",
        R"({"context":{},"benchmarks":[)" + row + "]}",
        R"({ "context" : { }, "benchmarks": [)" + row + "]}"}) {
    CAPTURE(output);
    CHECK(collect("text\r\n" + output).results == one);
  }
}

// It ended all: "its "benchmarks" is not a list".
TEST_CASE("Google Benchmark JSON: other JSON that the program prints is passed over") {
  const std::string output =
      R"({"context": {}, "benchmarks": [{"name": "A", "iterations": 1, "real_time": 1}]})"
      "\n";
  const Lines one = {"A 1 1e-09 sec/op"};
  CHECK(collect("{\"a\": 1}\n" + output).results == one);
  CHECK(collect("text\n" + output + "{no JSON}\n").results == one);
  CHECK_THAT(collect(output + "{\"context\": {\"date\": ").error,
             Catch::Contains("f:2: ") && Catch::Contains("not whole JSON"));
}

// Our own handler makes the document: nlohmann's takes time with the square of the length of a list.
TEST_CASE(
    "JSON: each entry of a list is told by its own line, and of a key that is there twice the last holds") {
  const Collected read = collect(R"({"context": {"a": {"b": [{}]}, "c": "1", "c": "2"},
 "benchmarks": [
 {"name": "A", "iterations": 1, "real_time": [[{"x": 1}], 2],
  "real_time": 1},
 {"iterations": 1, "real_time": {"y": null}},

 {"name": "B", "iterations": 1, "real_time": "x"}, {"name": "C", "real_time": true}]})");
  CHECK(read.results == Lines{"A 1 1e-09 sec/op [c=2]"});
  CHECK(read.problems == Lines{"f:5: benchmark 2: missing name",
                               "f:7: benchmark 3: real_time is not a number",
                               "f:7: benchmark 4: real_time is not a number"});
  const std::string start = R"({"context": {}, "benchmarks": [)"
                            "\n";
  for (const char* broken : {"{\"name\": \"A\"]}", "{\"name\" \"A\"}]}", "1e999]}", "{\"name\": \"A\"}"}) {
    CAPTURE(broken);
    CHECK_THAT(collect(start + broken).error, Catch::Contains("f:2: ") && Catch::Contains("not whole JSON"));
  }
}

// They went to the terminal, and a line end made two rows of one.
TEST_CASE("control characters in names, units and messages of JSON are ? or a blank") {
  const Collected read = collect(R"({"context": {"commit": "a\u0007b"}, "benchmarks": [
 {"name": "A\u001b[31m\nµ\u009b\u007f", "iterations": 1, "real_time": 1, "x\ty\u0000": 2},
 {"name": "B", "error_occurred": true, "error_message": "\u001b]0;no"}]})");
  CHECK(read.results == Lines{"A?[31m µ?? 1 1e-09 sec/op 2 x y? [commit=a?b]"});
  CHECK(read.problems == Lines{"f:3: benchmark 2: B failed: ?]0;no"});
}

// Each line of progress was "parsing iteration count".
TEST_CASE("what criterion prints is told to have no runs, and where these are") {
  const std::string report =
      "Benchmarking fib 20\nBenchmarking fib 20: Warming up for 3.0000 s\n"
      "fib 20                  time:   [26.029 µs 26.251 µs 26.505 µs]\n"
      "                        change: [-1.7% +0.1% +2.1%] (p = 0.9 > 0.05)\n";
  CHECK(collect(report).problems.empty());
  CHECK_THAT(collect(report).error,
             Catch::Contains("criterion's report") && Catch::Contains("target/criterion"));
  CHECK(collect("a time: [1 2 3]\nBenchmarkA 1 2 x\n").results == Lines{"A 1 2 x"});
}

TEST_CASE("JSON of others is told to be that: lists were text without benchmarks, mitata's was pyperf's") {
  const std::string told = "it is JSON, but not of a benchmark that is known";
  CHECK_THAT(collect(R"([ {"jmhVersion": "1.37", "benchmark": "a", "primaryMetric": {}} ])").error,
             Catch::Contains(told));
  CHECK_THAT(
      collect(
          R"({"layout": [], "benchmarks": [{"alias": "a", "runs": [{"name": "a", "stats": {"samples": [1]}}]}],)"
          R"( "context": {"version": "22"}})")
          .error,
      Catch::Contains(told));
  CHECK(collect("[1] BenchmarkA\nBenchmarkA 1 2 x\n").results == Lines{"A 1 2 x"});
}

TEST_CASE("JSON that is no benchmark, or not whole, is an error") {
  CHECK_THAT(collect("{\"a\": 1}").error,
             Catch::Contains("it is JSON, but not of a benchmark that is known"));
  CHECK_THAT(collect("{\"context\": {}, \"benchmarks\": [").error, Catch::Contains("not whole"));
  CHECK_THAT(collect("{\"benchmarks\": 3}").error, Catch::Contains("not a list"));
}

TEST_CASE("inputs and their labels") {
  const auto inputs = parse_inputs({"a", "b", "a", "x=a", "=c", "y=d=e"});
  Lines shown;
  for (const Input& input : inputs) shown.push_back(input.label + " <- " + input.path);
  CHECK(shown == Lines{"a#0 <- a", "b <- b", "a#1 <- a", "x <- a", " <- c", "y <- d=e"});
}
