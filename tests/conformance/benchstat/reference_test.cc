// The statistics agree with the reference tables: intervals exactly, probabilities to 1e-9.
#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "stats/benchmath/mann_whitney.h"
#include "stats/benchmath/median.h"
#include "tests/support/files.h"

using namespace prof::test;

namespace {

// "[1 2 3]", sorted.
std::vector<double> sample(std::istream& in) {
  std::string text;
  std::getline(in, text, '[');
  std::getline(in, text, ']');
  std::istringstream numbers(text);
  std::vector<double> values;
  for (double value = 0; numbers >> value;) values.push_back(value);
  std::sort(values.begin(), values.end());
  return values;
}

std::istringstream table(const std::string& name) {
  const std::string path = conformance("benchstat/reference/" + name);
  if (path.empty()) WARN("skipped: no conformance data beside the checkout");
  std::istringstream in(path.empty() ? "" : read(path));
  std::string header;
  std::getline(in, header);
  return in;
}

}  // namespace

TEST_CASE("Mann-Whitney agrees with the reference table") {
  std::istringstream in = table("mann_whitney.tsv");
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    std::istringstream fields(line);
    size_t n1 = 0, n2 = 0;
    double u = 0, p = 0;
    std::string error;
    REQUIRE(fields >> n1 >> n2 >> u >> p);
    fields.ignore();
    std::getline(fields, error, '\t');
    const auto first = sample(fields), second = sample(fields);
    REQUIRE(first.size() == n1);
    REQUIRE(second.size() == n2);
    const bench::UTest test = bench::mann_whitney(first, second);
    CHECK(test.all_equal == (error == "all samples are equal"));
    if (test.all_equal) continue;
    CHECK(test.u == u);
    CHECK(test.p == Approx(p).margin(1e-9).epsilon(0));
  }
}

TEST_CASE("median intervals agree with the reference table") {
  std::istringstream in = table("median_ci.tsv");
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    std::istringstream fields(line);
    int n = 0, lo = 0, hi = 0;
    double confidence = 0, actual = 0;
    std::string ambiguous;
    REQUIRE(fields >> n >> confidence >> lo >> hi >> actual >> ambiguous);
    const auto interval = bench::median_interval(n, confidence);
    CHECK(interval.lo == lo);
    CHECK(interval.hi == hi);
    CHECK(interval.confidence == Approx(actual).margin(1e-9).epsilon(0));
    CHECK(interval.ambiguous == (ambiguous == "true"));
  }
}
