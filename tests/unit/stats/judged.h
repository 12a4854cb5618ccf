// Judging text in tests: two sides or more, read as files of their names.
#pragma once

#include <catch2/catch.hpp>

#include "stats/gate/describe.h"
#include "stats/table/builder.h"
#include "stats/table/paired.h"
#include "tests/support/benchmark_lines.h"

namespace bench::test {

struct Side {
  std::string name;
  std::string text;
};

using prof::test::lines;

inline std::vector<double> around(double center, size_t runs, double step) {
  std::vector<double> values;
  for (size_t i = 0; i < runs; i++)
    values.push_back(center + step * (static_cast<double>(i * 7 % runs) - static_cast<double>(runs / 2)));
  return values;
}

struct Judged {
  UnitMetadata units;
  Layout layout;
  Policy policy;
  Options options;
  Tables tables;
  Verdict verdict;

  void run(const std::vector<Side>& sides) {
    const auto builder = TableBuilder::make(layout, units);
    REQUIRE(builder);
    for (const Side& side : sides) {
      Source source{side.name, {}, units, **builder};
      source.config.set(".file", side.name, false);
      REQUIRE(read_benchmarks(side.text, source));
    }
    tables = (*builder)->build(options, TableBuilder::Runs::kKeep);
    if (options.paired) REQUIRE(compare_in_pairs(tables, options));
    verdict = judge(tables, policy, options, "2026-06-15");
  }
  std::string words() const { return render_verdict(verdict, tables, policy, options, {}); }
  Outcome only() const {
    REQUIRE(verdict.judgements.size() == 1);
    return verdict.judgements[0].outcome;
  }
};

}  // namespace bench::test
