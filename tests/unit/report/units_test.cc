#include "libprof/report/units.h"

#include <catch2/catch.hpp>

using namespace prof::report;

TEST_CASE("amounts are written in the asked or the natural unit") {
  const struct {
    int64_t value;
    const char* from;
    const char* to;
    const char* text;
  } cases[] = {
      {0, "bytes", "auto", "0"},
      {1, "bytes", "auto", "1B"},
      {1536, "bytes", "auto", "1.50kB"},
      {-1536, "Bytes", "minimum", "-1.50kB"},
      {1 << 20, "kilobytes", "GB", "1GB"},
      {1500, "ms", "auto", "1.50s"},
      {7200, "seconds", "auto", "2hrs"},
      {1, "ns", "ms", "0"},
      {5'000'000, "ns", "ms", "5ms"},
      {5'000'000'000, "ns", "bytes", "5s"},  // another family: the base unit
      {3, "nanogcu", "auto", "3n*GCU"},
      {12, "count", "auto", "12"},
      {12, "widgets", "count", "12"},
      {12, "count", "widgets", "12widgets"},
      {INT64_MIN, "count", "auto", "-9223372036854775808"},
  };
  for (const auto& c : cases) {
    INFO(c.value << " " << c.from << " in " << c.to);
    CHECK(amount(c.value, c.from, c.to) == c.text);
  }
}

TEST_CASE("percentages keep two digits and their width") {
  const struct {
    int64_t value, total;
    const char* text;
  } cases[] = {{1, 1, "  100%"},    {9996, 10000, "  100%"},  {9994, 10000, "99.94%"}, {1, 8, "12.50%"},
               {1, 1000, "  0.1%"}, {0, 5, "    0%"},         {5, 0, "    0%"},        {-1, 4, "25.00%"},
               {3, 1, "300.00%"},   {1, 10'000'000, "1e-05%"}};
  for (const auto& c : cases) {
    INFO(c.value << " of " << c.total);
    CHECK(percentage(c.value, c.total) == c.text);
  }
}
