// Catch2's outputs beyond the plain ones: names with `>`, sections, --benchmark-no-analysis, colours,
// failures.
#include <catch2/catch.hpp>

#include "tests/unit/stats/collect.h"

using namespace bench;
using namespace bench::test;

namespace {

std::string results(const std::string& name, const std::string& mean, const std::string& deviation) {
  return "<BenchmarkResults name=\"" + name + "\" samples=\"20\">\n<mean value=\"" + mean +
         "\" ci=\"0.95\"/>\n<standardDeviation value=\"" + deviation +
         "\" ci=\"0.95\"/>\n</BenchmarkResults>\n";
}

const std::string kRule(79, '-'), kDots(79, '.');

std::string header(const std::string& names) {
  return "\n" + kRule + "\n" + names + kRule + "\nc.cc:5\n" + kDots + "\n\n";
}

const std::string kTable =
    "benchmark name                       samples       iterations    estimated\n"
    "                                     mean          low mean      high mean\n"
    "                                     std dev       low std dev   high std dev\n" +
    kRule + "\n";
const std::string kMeans =
    "benchmark name                            samples    iterations          mean\n" + kRule + "\n";

std::string row(const std::string& name, const std::string& mean) {
  return name + "      20        100     1 ms \n    " + mean +
         "    1 ns    2 ns \n    1 ns    1 ns    2 ns \n\n";
}

}  // namespace

// Catch2 leaves `>` in attributes as it is: the tag was taken to end there, and names were lost.
TEST_CASE("a > in a name of Catch2's XML does not end the tag") {
  const Collected read =
      collect("<?xml version=\"1.0\"?>\n<Catch name=\"x\">\n<TestCase name=\"a&lt;int>\">\n" +
              results("push", "100", "1") + "</TestCase><!-- \" > --><TestCase name=\"b&lt;int>\">\n" +
              results("push", "900", "1") + results("vector&lt;int>", "5", "1") + "</TestCase></Catch>");
  CHECK(read.problems.empty());
  CHECK(read.results == Lines{"a<int>/push 0 1.0000000000000001e-07 sec/op",
                              "b<int>/push 0 9.000000000000001e-07 sec/op",
                              "b<int>/vector<int> 0 5e-09 sec/op"});
}

// Its quote turned inside and outside around, to the end of the file.
TEST_CASE("what a program prints between the tags of Catch2's XML is no tag") {
  const Collected read = collect("<Catch>\n<TestCase name=\"a\">\na < 5\" wide <\n" +
                                 results("push", "500", "1") + "</TestCase></Catch>");
  CHECK(read.problems.empty());
  CHECK(read.results == Lines{"a/push 0 5.000000000000001e-07 sec/op"});
}

TEST_CASE("a benchmark of Catch2's XML without a name is told") {
  const Collected read =
      collect("<Catch>\n<TestCase name=\"a\">\n<BenchmarkResults samples=\"20\">\n</BenchmarkResults>");
  CHECK(read.results.empty());
  CHECK(read.problems == Lines{"f:3: missing name of BenchmarkResults"});
}

// They were one row, the mean of two that have nothing to do with each other.
TEST_CASE("benchmarks of one name in two sections of Catch2 are two") {
  const Lines expected = {"t/small/push 0 1.0000000000000001e-07 sec/op",
                          "t/large/inner/push 0 9.000000000000001e-07 sec/op",
                          "t/push 0 5.000000000000001e-07 sec/op"};
  const Collected xml =
      collect("<Catch>\n<TestCase name=\"t\">\n<Section name=\"small\">\n" + results("push", "100", "1") +
              "</Section><Section name=\"large\"><Section name=\"inner\">\n" + results("push", "900", "1") +
              "</Section>\n</Section>\n" + results("push", "500", "1") + "</TestCase></Catch>");
  CHECK(xml.problems.empty());
  CHECK(xml.results == expected);
  const Collected console =
      collect(header("t\n  small\n") + kTable + row("push", "100 ns") + header("t\n  large\n  inner\n") +
              kTable + row("push", "900 ns") + header("t\n") + kTable + row("push", "500 ns"));
  CHECK(console.problems.empty());
  CHECK(console.results == expected);
}

// One mean was taken for twenty equal values: any change was significant.
TEST_CASE("what Catch2 did not analyse has no deviation, not one of 0") {
  const Collected xml = collect(
      "<Catch>\n<BenchmarkResults name=\"a\" samples=\"20\">\n<mean value=\"100\" ci=\"0\"/>\n"
      "<standardDeviation value=\"0\" ci=\"0\"/>\n</BenchmarkResults></Catch>");
  const Collected console =
      collect(header("t\n") + kMeans + "a      20      100     100 ns \n" +
              "a name that is too long for its          \ncolumn    20    100    2 us \n");
  CHECK(xml.results == Lines{"a 0 1.0000000000000001e-07 sec/op"});
  CHECK(console.results == Lines{"t/a 0 1.0000000000000001e-07 sec/op",
                                 "t/a name that is too long for its column 0 2e-06 sec/op"});
  CHECK(console.problems.empty());

  UnitMetadata units;
  struct : Records {
    void result(const Result& result) override { summaries += result.values[0].moments != nullptr ? 1 : 0; }
    void problem(const std::string&) override {}
    int summaries = 0;
  } records;
  Source source{"f", {}, units, records};
  REQUIRE(
      read_benchmarks("<Catch><BenchmarkResults name=\"a\" samples=\"20\"><mean value=\"100\" ci=\"0\"/>"
                      "<standardDeviation value=\"0\" ci=\"0\"/></BenchmarkResults></Catch>",
                      source));
  CHECK(records.summaries == 0);
}

TEST_CASE("a benchmark of Catch2's that failed is told, and is not part of the next one's name") {
  const Collected read =
      collect(header("t\n") + kTable + "throws            Benchmark failed (x) \n" + row("next", "1 us"));
  CHECK(read.results == Lines{"t/next 0 1e-06 sec/op"});
  CHECK(read.problems == Lines{"f:12: throws            Benchmark failed (x)"});
}

// It became part of the next one's name, and behind the last row a benchmark that the table cuts.
TEST_CASE("what a program prints between benchmarks of Catch2 is in no name") {
  const std::string blanks(79, ' ');
  const Collected read = collect(header("t\n") + kTable + row("one", "1 us") + blanks + "loaded in 435\n\n" +
                                 row("two", "1 us") + blanks + "\nc.cc:9: FAILED:\n  CHECK( f(3) == 4 )\n" +
                                 "with expansion: \n  3 == 4\n\n" + std::string(79, '=') + "\n");
  CHECK(read.results == Lines{"t/one 0 1e-06 sec/op", "t/two 0 1e-06 sec/op"});
  CHECK(read.problems.empty());
}

TEST_CASE("a terminal's colours are no part of what is read") {
  const Collected catch2 = collect("\x1b[0;37mc is a host\n\x1b[0m" + header("t\n\x1b[0m") + kTable +
                                   row("\x1b[1ma\x1b[0m", "1 us"));
  CHECK(catch2.results == Lines{"t/a 0 1e-06 sec/op"});
  const Collected google = collect(
      "--------------------------------------------------\nBenchmark        Time             CPU   "
      "Iterations\n"
      "--------------------------------------------------\n\x1b[0;32mBM_A      \x1b[m\x1b[0;33m      12 ns   "
      "        11 "
      "ns   \x1b[m\x1b[0;36m  100\x1b[m\n");
  CHECK(google.problems.empty());
  CHECK(google.results == Lines{"BM_A 100 1.2000000000000002e-08 sec/op 1.1000000000000001e-08 cpu-sec/op"});
  CHECK(collect("\xef\xbb\xbf\x1b[32mBenchmarkA\x1b[0m 1 2 x\n").results == Lines{"A 1 2 x"});
  CHECK(collect("BenchmarkA\x1b[3q 1 2 x\n").results == Lines{"A\x1b[3q 1 2 x"});
}
