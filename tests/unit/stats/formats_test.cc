// The formats of other tools: what each file of the fuzzing corpus becomes, found by its content. The corpus
// is small and written by hand; conformance/benchstat/formats_test.cc has real outputs.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "stats/benchfmt/formats.h"
#include "stats/benchmath/moments.h"
#include "stats/table/builder.h"
#include "tests/support/files.h"
#include "tests/unit/stats/collect.h"

using namespace bench;
using namespace bench::test;

namespace {

std::string corpus(const std::string& name) {
  return prof::test::read(prof::test::source("tests/fuzz/corpus/benchmark_formats/" + name));
}

}  // namespace

TEST_CASE("each format is found by its content and read") {
  struct {
    const char* file;
    const char* format;
    Lines results;
    Lines problems;
  } const cases[] = {
      {"cargo",
       "cargo",
       {"fib 10 0 1.35e-07 sec/op", "fib_20 0 0.0181495 sec/op"},
       {"f:4: expected a number of ns/iter"}},
      {"catch2",
       "catch2",
       {"Fibonacci/Fibonacci 10 0 3.44e-07 sec/op",
        "Fibonacci/a name that is too long for its column and goes on 0 4.1731e-05 sec/op",
        "Other/X 0 0.001 sec/op"},
       {"f:22: expected three times of Catch2's table"}},
      {"catch2-xml",
       "catch2-xml",
       {"Fib & co/a < b 0 3.4450000000000005e-07 sec/op"},
       {"f:8: missing samples, mean or standard deviation of none"}},
      {"hyperfine",
       "hyperfine",
       {"sleep 0.1/n=3 1 0.1 sec/op 1000 peak-B", "sleep 0.1/n=3 1 0.11 sec/op 1024 peak-B",
        "make -j 4 1 2 sec/op"},
       {"f:2: missing command"}},
      {"criterion",
       "criterion",
       {"criterion 10 1.0000000000000001e-07 sec/op", "criterion 20 1.05e-07 sec/op"},
       {"f:1: sample 3: its iters and times are not two numbers > 0; left out"}},
      {"nanobench",
       "nanobench",
       {"inc 100 1e-09 sec/op 2 instructions/op", "inc 100 1.1e-09 sec/op 2 instructions/op"},
       {"f:3: a result without a name, or with a batch that is not > 0, is left out"}},
      {"pytest-benchmark",
       "pytest-benchmark",
       {"b.py::test_a 0 1.9 sec/op", "b.py::test_a 0 2.1 sec/op", "b.py::test_b 0 2 sec/op"},
       {"f:2: data[2] is not a number and left out", "f:3: a benchmark without a name or stats is left out"}},
      {"pyperf",
       "pyperf",
       {"py 0 1 sec/op", "py 0 1.5 sec/op", "py 0 2 sec/op"},
       {"f: values of one process are not independent of each other: --run-key run makes one of them"}},
      {"benchcmp-json",
       "benchcmp",
       {"A 0 1 sec/op [pkg=p]", "A 0 2 sec/op [pkg=p]", "A 0 3 sec/op [pkg=p]"},
       {"f:2: its column is none of the table's"}},
      {"google-console",
       "google-benchmark",
       {"BM_A/8 56000000 1.26e-08 sec/op 1.2000000000000002e-08 cpu-sec/op 2.147483648e+09 B/s",
        "BM_A/8 56000000 1.2500000000000001e-08 sec/op 1.2000000000000002e-08 cpu-sec/op 2.147483648e+09 B/s "
        "1.5e+06 "
        "items/s 3 misses"},
       {"f:9: BM_E              ERROR OCCURRED: 'no'", "f:10: expected NAME TIME UNIT CPU UNIT ITERATIONS"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.file);
    const std::string data = corpus(c.file);
    for (const Format& format : formats()) {
      if (!format.detect(data)) continue;
      CHECK(format.name == c.format);
      break;
    }
    const Collected collected = collect(data);
    CHECK(collected.error.empty());
    CHECK(collected.results == c.results);
    CHECK(collected.problems == c.problems);
  }
}

TEST_CASE("every format has a file in the fuzzing corpus that it reads results from") {
  for (const Format& format : formats()) {
    if (format.name.empty()) continue;  // it refuses what it finds
    CAPTURE(format.name);
    size_t read = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(prof::test::source("tests/fuzz/corpus/benchmark_formats"))) {
      const std::string data = prof::test::read(file.path().string());
      const auto first = std::find_if(formats().begin(), formats().end(),
                                      [&](const Format& other) { return other.detect(data); });
      if (first->name == format.name) read += collect(data).results.size();
    }
    CHECK(read > 0);
  }
}

// They were dropped, and nothing said so.
TEST_CASE("a benchmark that ends before its numbers do is told") {
  const std::string table = corpus("catch2");
  const auto first_lines = [&](size_t count) {
    size_t end = 0;
    for (size_t i = 0; i < count; i++) end = table.find('\n', end) + 1;
    return table.substr(0, end);
  };
  const std::string in_title = first_lines(11) + "Fibonacci 10      100";
  for (const std::string& text : {in_title, first_lines(12), first_lines(13),
                                  first_lines(13) + std::string(79, '=') + "\ntest cases: 1\n"}) {
    CAPTURE(text);
    const Collected cut = collect(text);
    CHECK(cut.results.empty());
    CHECK(cut.problems == Lines{"f:12: the table ends within this benchmark"});
  }
  CHECK(collect(first_lines(14)).problems.empty());

  const std::string results = "<Catch>\n<BenchmarkResults name=\"a\" samples=\"9\">\n<mean value=\"1\"/>\n";
  CHECK(collect(results).problems == Lines{"f:3: the XML ends within the results of a"});
  CHECK(collect(results + "</BenchmarkResults>\n</Catch>").problems ==
        Lines{"f:4: missing mean or standard deviation of a"});
}

TEST_CASE("hyperfine: a parameter that is a list is not in the name") {
  const Collected collected = collect(
      R"({"results": [{"command": "c", "mean": 1, "parameters": {"a": [{}], "b": 7}, "times": [1]}]})");
  CHECK(collected.results == Lines{"c/b=7 1 1 sec/op"});
}

// Whether it was shown hung on what else was in the file.
TEST_CASE("hyperfine: a parameter is in the name unless the command shows its value as a whole") {
  const std::pair<const char*, const char*> cases[] = {{"v10", "v10/n=1"},
                                                       {"make -j1", "make -j1"},
                                                       {"a 1 b", "a 1 b"},
                                                       {"sleep 0.1", "sleep 0.1"},
                                                       {"sleep 21", "sleep 21/n=1"}};
  for (const auto& [command, name] : cases) {
    const Collected collected = collect(R"({"results": [{"command": ")" + std::string(command) +
                                        R"(", "mean": 1, "parameters": {"n": "1"}, "times": [1]}]})");
    CHECK(collected.results == Lines{std::string(name) + " 1 1 sec/op"});
  }
}

// Parameters were left out where their values stand anywhere in the name, and what was different was one row.
TEST_CASE("hyperfine: commands that share a name are told apart by their parameters, else it is told") {
  const auto results = [](const std::string& first, const std::string& second) {
    return collect(
        R"({"results": [{"command": "v1-10", "mean": 1, )" + first + R"("times": [1]},
  {"command": "v1-10", "mean": 1, )" +
        second + R"("times": [2]}, {"command": "v1", "mean": 1, "parameters": {"n": "1"}, "times": [3]}]})");
  };
  const Collected apart = results(R"("parameters": {"n": "1"}, )", R"("parameters": {"n": "10"}, )");
  CHECK(apart.results == Lines{"v1-10/n=1 1 1 sec/op", "v1-10/n=10 1 2 sec/op", "v1 1 3 sec/op"});
  CHECK(apart.problems.empty());
  const Collected same = results("", "");
  CHECK(same.results == Lines{"v1-10 1 1 sec/op", "v1-10 1 2 sec/op", "v1 1 3 sec/op"});
  CHECK(same.problems == Lines{"f:2: v1-10 is there more than once: taken as runs of one command"});
}

// Standard output of the program stands between a benchmark's mean and the next one: it was dropped with a
// word.
TEST_CASE("Catch2 without analysis: what the program prints behind a mean does not hide it") {
  const std::string head =
      "-------------------------------------------------------------------------------\nsums\n"
      "-------------------------------------------------------------------------------\nt.cc:7\n"
      "...............................................................................\n\n"
      "benchmark name                            samples    iterations          mean\n"
      "-------------------------------------------------------------------------------\n";
  const std::string row = "accumulate 1000                                 20           114    284.396 ns ";
  for (const char* behind : {"", "noise from program", "took 5 ms", "1 2 3 apples"}) {
    CAPTURE(behind);
    const Collected collected = collect(head + row + behind + "\n\n");
    REQUIRE(collected.results.size() == 1);
    CHECK_THAT(collected.results[0], Catch::StartsWith("sums/accumulate 1000 0 2.84"));
    CHECK(collected.problems.empty());
  }
}

TEST_CASE("Google Benchmark's console: rows that are cut are told, what the program prints is not a row") {
  const std::string header = "Benchmark   Time   CPU   Iterations\n----\n";
  const std::pair<const char*, Lines> rows[] = {
      {"BM_A/8 1 ns 1.5 ns 9", {"BM_A/8 9 1e-09 sec/op 1.5000000000000002e-09 cpu-sec/op"}},
      {"a name with 2 spaces 1 ns 1.5 ns 9",
       {"a name with 2 spaces 9 1e-09 sec/op 1.5000000000000002e-09 cpu-sec/op"}},
      {"BM_Sleep 10 ms 123 us 100 us 5678",
       {"BM_Sleep 10 ms 5678 0.00012299999999999998 sec/op 9.999999999999999e-05 cpu-sec/op"}},
      {"BM_A/8 1", {}},
      {"BM_A/8 1 ns", {}},
      {"BM_A/8 1 ns 1.5", {}},
      {"BM_A/8 1 ns 1.5 ns", {}},
      {"BM_A/8 1 ns x ns 9", {}},
  };
  for (const auto& [row, results] : rows) {
    CAPTURE(row);
    const Collected collected = collect(header + row);
    CHECK(collected.results == results);
    CHECK(collected.problems ==
          (results.empty() ? Lines{"f:3: expected NAME TIME UNIT CPU UNIT ITERATIONS"} : Lines{}));
  }
  for (const char* other : {"BM_A", "loaded 3 files", "Took 5 ms\n", "threads 8\n", "BM_A_BigO 1.25 N 1.25 N",
                            "BM_A_RMS 5 % 5 %"}) {
    CAPTURE(other);
    const Collected collected = collect(header + other);
    CHECK(collected.results.empty());
    CHECK(collected.problems.empty());
  }
}

// 328.886M that was cut is 328.8, which is a number: a change by a factor of a million.
TEST_CASE(
    "Google Benchmark's console: a counter of a line that does not end is told, it was taken as it stood") {
  const std::string plain = "Benchmark   Time   CPU   Iterations\n----\n";
  for (const std::string& text :
       {plain + "A 1 s 1 s 9 items_per_second=328.8",
        std::string("Benchmark   Time   CPU   Iterations          x\nA  1 s  1 s  9      328.8")}) {
    CAPTURE(text);
    CHECK(collect(text).results.empty());
    REQUIRE(collect(text).problems.size() == 1);
    CHECK_THAT(collect(text).problems[0], Catch::Contains(": it was cut"));
    CHECK(collect(text + "\n").problems.empty());
  }
  CHECK(collect(plain + "A 1 s 1 s 9 a label").results.size() == 1);
}

// Words of a label with an = were counters, and of a counter "cache misses" only "misses" stayed.
TEST_CASE("Google Benchmark's console: a label is no counter, and a counter's name may have spaces") {
  const auto row = [](const std::string& more) {
    return collect("Benchmark   Time   CPU   Iterations UserCounters...\n----\nA 1 s 1 s 9 " + more + "\n")
        .results;
  };
  const std::string a = "A 9 1 sec/op 1 cpu-sec/op";
  CHECK(row("q=1 label with x=3 and 4 words") == Lines{a + " 1 q"});
  CHECK(row("q=1 z= 5") == Lines{a + " 1 q"});
  CHECK(row("q=1 b=2") == Lines{a + " 1 q"});  // counters ascend
  CHECK(row("Foo=2k cache misses=7 zero=0") == Lines{a + " 2000 Foo 7 cache misses 0 zero"});
  CHECK(row("1.5kB/s 20M items/s q=1") == Lines{a + " 1536 B/s 2e+07 items/s 1 q"});  // 1.4 and before
  CHECK(row("n of m") == Lines{a});
  CHECK(row("a=-nan b=5") == Lines{a + " NaN a 5 b"});  // of 0.0 / 0.0: it took the others along
}

TEST_CASE("Google Benchmark's console: times in a label are no columns, nor are statistics that are shares") {
  const Collected read = collect(
      "----------------------------------------------------------\n"
      "Benchmark                Time             CPU   Iterations\n"
      "----------------------------------------------------------\n"
      "A/1                   2.00 ns         1.00 ns      1000000 took 5 ns 6 ns 7\n"
      "A_ratio             155.10 %        104.53 %             4 c=100.00%\n");
  CHECK(read.results == Lines{"A/1 1000000 2e-09 sec/op 1e-09 cpu-sec/op"});
  CHECK(read.problems.empty());
}

TEST_CASE("Google Benchmark's console: what was skipped, whatever is said of it, is no malformed row") {
  const Collected read = collect(
      "Benchmark   Time   CPU   Iterations\n----\nA  SKIPPED: 'no such device on this machine, 2 ns'\n"
      "B 1 s 1 s 9\n");
  CHECK(read.results.size() == 1);
  CHECK(read.problems.empty());
}

// What ended in _mean and the like was left out by its name alone, and statistics of the program's own were
// rows.
TEST_CASE("Google Benchmark's console: aggregates are told from benchmarks with such names") {
  const auto names = [](const std::string& rows) {
    std::string all;
    for (const std::string& result : collect("Benchmark   Time   CPU   Iterations\n----\n" + rows).results)
      all += (all.empty() ? "" : " ") + result.substr(0, result.find(' '));
    return all;
  };
  const auto row = [](const std::string& name, const char* iterations) {
    return name + " 100 ns 100 ns " + iterations + "\n";
  };
  const auto three = [&](const std::string& name, const char* iterations) {
    return row(name + "_mean", iterations) + row(name + "_median", iterations) +
           row(name + "_stddev", iterations) + name + "_cv 1.5 % 1.5 % " + iterations + "\n";
  };
  const std::string runs = row("a", "500") + row("a", "500");
  CHECK(names(row("harmonic_mean", "9") + row("running_median", "8")) == "harmonic_mean running_median");
  CHECK(names(row("sort", "500") + row("sort_stddev", "1")) == "sort sort_stddev");
  CHECK(names(runs + three("a", "2") + row("a_max", "2")) == "a a");
  CHECK(names(runs + three("a", "500")) == "a a");  // 1.4 and before
  CHECK(names(runs + three("a", "2") + row("a_mean", "700") + row("a_b", "2000")) == "a a a_mean a_b");
  CHECK(names(runs + row("a_mean", "2")) == "a a");          // cut
  CHECK(names(three("a", "3") + row("a_max", "3")) == "a");  // a summary
  CHECK(names(row("a_mean", "3") + row("a_median", "3")) == "a_mean a_median");
}

// 1023.9M/s and 1G/s were 4.6% apart where the change is 0.01%: Google Benchmark 1.7 counts these bytes in
// steps of 1024, and does not say so.
// It was looked for in 64 KiB.
TEST_CASE("Google Benchmark's console is found behind a long log") {
  const Collected read = collect(std::string(100000, '#') + "\n" + corpus("google-console-tabular"));
  CHECK(read.results.size() == 1);
}

// They were lost, and nothing said so. The second table's values are those of a real run; in the third one is
// wider than its column.
TEST_CASE("Google Benchmark's console: counters below their names (--benchmark_counters_tabular)") {
  const Collected read = collect(
      "Benchmark                    Time             CPU   Iterations bytes_per_second       hits        "
      "rss\n"
      "BM_A/1                    1.28 ns        0.415 ns     30584975       17.9404G/s        100   "
      "4.76837M\n"
      "BM_A/1                    1.28 ns        0.415 ns     30584975       17.9404G/s        100   4.76837M "
      "a b=7\n"
      "BM_A/1_cv                20.07 %          5.85 %             2            5.57%      0.00%      "
      "0.00%\n"
      "Benchmark                    Time             CPU   Iterations        a b       infc        inv Cache "
      "Misses\n"
      "BM_B                     0.529 ns        0.529 ns     27155939          5        inf  529.346ps      "
      "12.345k\n"
      "Benchmark                    Time             CPU   Iterations       read          x\n"
      "BM_C                     0.529 ns        0.529 ns     27155939 110.123Mi/s          7\n"
      "Benchmark                    Time             CPU   Iterations\n"
      "BM_D                     0.529 ns        0.529 ns     27155939 x=7\n"
      "Benchmark                    Time             CPU   Iterations          x          y\n"
      "BM_E                     0.529 ns        0.529 ns     27155939          7      \n");
  const std::string times = "27155939 5.29e-10 sec/op 5.29e-10 cpu-sec/op";
  const std::string a =
      "BM_A/1 30584975 1.2800000000000001e-09 sec/op 4.15e-10 cpu-sec/op 1.92633578192896e+10 B/s 100 hits "
      "4.76837e+06 rss";
  CHECK(read.results == Lines{a, a, "BM_B " + times + " 5 a b +Inf infc 5.29346e-10 inv 12345 Cache Misses",
                              "BM_C " + times + " 1.15472334848e+08 read 7 x", "BM_D " + times + " 7 x"});
  CHECK(read.problems == Lines{"f:12: its counters do not stand below their names"});
}

TEST_CASE("Google Benchmark's console: counters with their prefixes") {
  const std::pair<const char*, const char*> counters[] = {{"bytes_per_second=1G/s", "1.073741824e+09 B/s"},
                                                          {"bytes_per_second=1023M/s", "1.072693248e+09 B/s"},
                                                          {"bytes_per_second=1Gi/s", "1.073741824e+09 B/s"},
                                                          {"bytes_per_second=1Ki/s", "1024 B/s"},
                                                          {"bytes_per_second=512m/s", "0.5 B/s"},
                                                          {"bytes_per_second=12/s", "12 B/s"},
                                                          {"items_per_second=1.5G/s", "1.5e+09 items/s"},
                                                          {"x=2Ki", "2048 x"},
                                                          {"x=2k", "2000 x"},
                                                          {"inverse=1.5ms", "0.0015 inverse"},
                                                          {"inverse=25s", "25 inverse"},
                                                          {"x=inf", "+Inf x"}};
  for (const auto& [counter, value] : counters) {
    CAPTURE(counter);
    const Collected read =
        collect(std::string("Benchmark Time CPU Iterations\n---\na 1 s 1 s 1 ") + counter + "\n");
    CHECK(read.results == Lines{"a 1 1 sec/op 1 cpu-sec/op " + std::string(value)});
  }
}

TEST_CASE("JSON that is cut is an error that names the format") {
  for (const char* file : {"hyperfine", "nanobench", "pyperf", "pytest-benchmark", "criterion"}) {
    const std::string data = corpus(file);
    const std::string cut = data.substr(0, data.size() - 4);
    CHECK_THAT(
        collect(cut).error,
        Catch::Contains("is not whole JSON") &&
            Catch::Contains("f:" + std::to_string(std::count(cut.begin(), cut.end(), '\n') + 1) + ":"));
  }
}

TEST_CASE("criterion's directory: all new samples below it, named by benchmark.json or their folder") {
  prof::test::TempDir directory;
  const auto add = [&](const std::string& path, const std::string& text) {
    std::filesystem::create_directories(directory.path() + "/" + path + "/new");
    prof::test::write(directory.path() + "/" + path + "/new/sample.json", text);
  };
  add("group/b", corpus("criterion"));
  add("a", corpus("criterion"));
  prof::test::write(directory.path() + "/group/b/new/benchmark.json", "{\"full_id\": \"group/b/1\"}");
  Collected collected;
  REQUIRE(read_inputs({{directory.path(), "x"}}, collected.units, collected));
  REQUIRE(collected.results.size() == 4);
  CHECK_THAT(collected.results[0], Catch::StartsWith("a 10 "));
  CHECK_THAT(collected.results[2], Catch::StartsWith("group/b/1 10 "));
}

// Only `new` was found: of two names of one directory each was `new`, and one without was "a directory".
TEST_CASE("criterion's directory: baselines of --save-baseline, the only one or the one that is named") {
  prof::test::TempDir directory;
  const std::string root = directory.path() + "/criterion";
  const auto add = [&](const std::string& baseline, int time) {
    const std::string folder = root + "/group/fn/" + baseline;
    std::filesystem::create_directories(folder);
    prof::test::write(folder + "/sample.json", R"({"iters": [1], "times": [)" + std::to_string(time) + "]}");
    prof::test::write(folder + "/benchmark.json", R"({"full_id": "group/fn"})");
  };
  const auto read = [&](const std::string& path) {
    Collected collected;
    const auto done = read_inputs({{path, "x"}}, collected.units, collected);
    return done ? collected.results.at(0) : done.error().message();
  };
  add("one", 1);
  CHECK(read(root) == "group/fn 1 1e-09 sec/op");
  add("two", 2);
  CHECK_THAT(read(root), Catch::Contains("it has no run called new, but the baselines one, two") &&
                             Catch::Contains(root + "/one"));
  CHECK(read(root + "/two") == "group/fn 1 2e-09 sec/op");
  CHECK_THAT(read(root + "/three"), Catch::Contains("cannot read " + root + "/three: No such file"));
  add("new", 3);
  CHECK(read(root) == "group/fn 1 3.0000000000000004e-09 sec/op");
  CHECK(read(root + "/one") == "group/fn 1 1e-09 sec/op");
}

// g1/fn and g2/fn were both fn; and of a directory that cannot be read all that came behind it was left out.
TEST_CASE(
    "criterion's directory: without benchmark.json the name is the path; unreadable ones are an error") {
  prof::test::TempDir directory;
  for (const char* name : {"g1/fn", "g2/fn"}) {
    std::filesystem::create_directories(directory.path() + "/" + name + "/new");
    prof::test::write(directory.path() + "/" + name + "/new/sample.json", corpus("criterion"));
  }
  Collected collected;
  REQUIRE(read_inputs({{directory.path() + "/", "x"}}, collected.units, collected));
  Collected inside;  // it was called `..`
  REQUIRE(read_inputs({{directory.path() + "/g1/fn/new", "x"}}, inside.units, inside));
  CHECK_THAT(inside.results[0], Catch::StartsWith("fn 10 "));
  REQUIRE(collected.results.size() == 4);
  CHECK_THAT(collected.results[0], Catch::StartsWith("g1/fn 10 "));
  CHECK_THAT(collected.results[2], Catch::StartsWith("g2/fn 10 "));
  CHECK(criterion_directories(directory.path()) == 1);
  CHECK(criterion_directories(directory.path() + "/g1/fn/new/sample.json") == 0);

  namespace fs = std::filesystem;
  fs::permissions(directory.path(), fs::perms::all);
  fs::create_directories(directory.path() + "/g1/closed");
  fs::permissions(directory.path() + "/g1/closed", fs::perms::none);
  const bool is_root = ::geteuid() == 0;  // whom nothing stops
  constexpr uid_t kNobody = 65534;
  if (is_root) REQUIRE(::seteuid(kNobody) == 0);
  const auto read = read_inputs({{directory.path(), "x"}}, collected.units, collected);
  if (is_root) REQUIRE(::seteuid(0) == 0);
  fs::permissions(directory.path() + "/g1/closed", fs::perms::all);
  REQUIRE_FALSE(read);
  CHECK(read.error().message() == "cannot read " + directory.path() + "/g1/closed: Permission denied");
}

TEST_CASE("summaries are compared by Welch's test, and say so") {
  const Moments a{10, 1, 20}, b{11, 2, 15};
  // t = 1/sqrt(1/20 + 4/15) = 1.776981, 19.4 degrees of freedom.
  const Comparison comparison = compare(a, b, {});
  CHECK(comparison.p == Approx(0.0912).margin(0.0005));
  REQUIRE(comparison.warnings.size() == 1);
  const Shift shift = estimate_shift(a, b, 0.95, 0.05);
  CHECK(shift.estimate == Approx(0.1));
  CHECK((shift.lo < 0 && shift.hi > 0.2));
  CHECK(compare(Moments{10, 0, 5}, Moments{10, 0, 5}, {}).p == 1);
  CHECK(compare(Moments{10, 0, 5}, Moments{11, 0, 5}, {}).significant());
  CHECK_FALSE(compare(Moments{10, 0, 1}, Moments{11, 0, 5}, {}).significant());
  const std::vector<double> left = {1, 2, 3}, right = {10, 20}, all = {1, 2, 3, 10, 20};
  const Moments joined = Moments::of(left) + Moments::of(right), whole = Moments::of(all);
  CHECK(joined.mean == Approx(whole.mean));
  CHECK(joined.deviation == Approx(whole.deviation));
}

TEST_CASE("cells of summaries have means, and samples on the other side are summarized") {
  UnitMetadata units;
  const auto builder = TableBuilder::make({}, units);
  const std::string runs =
      "BenchmarkOther/X 1 1100000 ns/op\nBenchmarkOther/X 1 1110000 ns/op\nBenchmarkOther/X 1 1090000 "
      "ns/op\n";
  const std::pair<const char*, std::string> sides[] = {{"a", corpus("catch2")}, {"b", runs}};
  for (const auto& [name, text] : sides) {
    Source source{name, {}, units, **builder};
    source.config.set(".file", name, false);
    REQUIRE(read_benchmarks(text, source));
  }
  const Tables tables = (*builder)->build({});
  REQUIRE(tables.tables.size() == 1);
  const Row& row = tables.tables[0].rows.back();
  CHECK(row.label == "Other/X");
  REQUIRE(row.cells.size() == 2);
  REQUIRE(row.cells[1].comparison);
  CHECK(row.cells[1].comparison->n1 == 10);
  CHECK(row.cells[1].comparison->n2 == 3);
  CHECK(row.cells[1].comparison->significant());
  CHECK(row.cells[0].summary.warnings.size() == 1);
}
