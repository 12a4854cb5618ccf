// Which amounts of a function's lines are hot, and how they look.
#include "libprof/report/heat.h"

#include <catch2/catch.hpp>

#include "libprof/report/list.h"

using namespace prof::report;

namespace {

std::vector<SourceLine> lines_of(const std::vector<int64_t>& cums) {
  std::vector<SourceLine> lines;
  for (const int64_t cum : cums) lines.push_back({static_cast<int64_t>(lines.size()) + 1, 0, cum, ""});
  return lines;
}

}  // namespace

TEST_CASE("an amount is red from 5% of its function on, green from 0.5% on") {
  Value value;
  value.unit = "count";
  const auto lines = lines_of({900, 50, 49, 1});
  const Heat heat(value, lines, true), plain(value, lines, false);
  const struct {
    int64_t amount;
    std::string text, color;
  } kCases[] = {
      {1000, "      1000", "\x1b[31m"}, {50, "        50", "\x1b[31m"}, {49, "        49", "\x1b[32m"},
      {5, "         5", "\x1b[32m"},    {4, "         4", ""},          {0, "         .", ""},
      {-50, "       -50", "\x1b[31m"},
  };
  for (const auto& one : kCases) {
    INFO(one.amount);
    CHECK(heat.cell(one.amount) == (one.color.empty() ? one.text : one.color + one.text + "\x1b[0m"));
    CHECK(plain.cell(one.amount) == one.text);
  }
}

TEST_CASE("in a difference profile, lines that cancel each other are hot all the same") {
  Value value;
  value.unit = "count";
  const auto lines = lines_of({500, -500});
  const Heat heat(value, lines, true);
  CHECK(heat.cell(500).starts_with("\x1b[31m"));
  CHECK(heat.cell(-49).starts_with("\x1b[32m"));
  CHECK(heat.cell(4) == "         4");
}
