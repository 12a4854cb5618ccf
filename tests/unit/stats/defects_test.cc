// What benchstat gets wrong and docs/benchcmp.md promises to do better; ties are in math_test.cc, encodings
// in reader_test.cc.
#include <catch2/catch.hpp>

#include "stats/table/builder.h"
#include "stats/table/render.h"
#include "tests/unit/stats/judged.h"

using namespace bench;

namespace {

struct Printed {
  std::string text;
  Csv csv;
};

Printed print(const std::string& data, const Layout& layout = {}) {
  UnitMetadata units;
  const auto builder = TableBuilder::make(layout, units);
  REQUIRE(builder);
  Source source{"f", {}, units, **builder};
  source.config.set(".file", "f", false);
  REQUIRE(read_benchmarks(data, source));
  const Tables tables = (*builder)->build({});
  return {render_text(tables), render_csv(tables)};
}

std::string results(const std::vector<std::string>& values, const std::string& unit) {
  std::string text;
  for (const std::string& value : values) text += "BenchmarkA 1 " + value + " " + unit + "\n";
  return text;
}

}  // namespace

TEST_CASE("a zero is in the same table as the other values of its unit") {
  CHECK(print(results({"0", "1", "2"}, "ns/op")).csv.text ==
        ",f,\n,sec/op,CI\nA,1e-09,∞\ngeomean,1.0000000000000007e-09,\n");
}

TEST_CASE("NaN is left out, with a footnote") {
  const Printed printed = print(results({"NaN", "5", "5", "5", "5", "5", "5"}, "x"));
  CHECK(printed.csv.text == ",f,\n,x,CI\nA,5,0%\ngeomean,5,\n");
  CHECK(printed.csv.warnings == std::vector<std::string>{"B3: 1 of 7 values are NaN and left out"});
  CHECK_THAT(printed.text, Catch::Contains("¹ 1 of 7 values are NaN and left out"));
}

TEST_CASE("the interval of a negative median is a distance") {
  CHECK_THAT(print(results({"-150", "-100", "-100", "-100", "-100", "-90"}, "x")).csv.text,
             Catch::Contains("A,-100,50%"));
}

TEST_CASE("CSV warnings name columns beyond Z") {
  std::string data;
  for (int i = 0; i < 8; i++)
    data += "c: " + std::to_string(i) + "\nBenchmarkA 1 " + std::to_string(i + 1) + " x\n";
  Layout layout;
  layout.col = "c";
  const auto warnings = print(data, layout).csv.warnings;
  REQUIRE(warnings.size() == 15);
  CHECK_THAT(warnings[13], Catch::StartsWith("AB3: need >= 6 samples"));
  CHECK_THAT(warnings[14], Catch::StartsWith("AD3: need >= 4 samples"));
}

TEST_CASE("a p that equals alpha is significant, and one that is nearly 0 is a p") {
  const auto compare = [](const std::vector<double>& before, const std::vector<double>& after, double alpha) {
    test::Judged judged;
    judged.options.alpha = alpha;
    judged.run({{"old", test::lines("A", before, "ns/op")}, {"new", test::lines("A", after, "ns/op")}});
    return render_text(judged.tables);
  };
  CHECK_THAT(compare({1, 1.1, 1.2}, {2, 2.1, 2.2}, 0.1), Catch::Contains("+90.91% (p=0.100 n=3)"));
  CHECK_THAT(compare(test::around(200, 60, 0.01), test::around(100, 60, 0.01), 0.05),
             Catch::Contains("(p=0.000 n=60)"));
}
