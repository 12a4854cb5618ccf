#include "flamegraph/text.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "flamegraph/quantity.h"
#include "tests/support/files.h"

using namespace prof::flame;

// The browser tests read the same table through shorten.js.
TEST_CASE("names are shortened by what people read last") {
  std::istringstream table(prof::test::read(prof::test::testdata("flamegraph/shorten.tsv")));
  int rows = 0;
  for (std::string line; std::getline(table, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string columns, name, expected;
    std::getline(fields, columns, '\t');
    std::getline(fields, name, '\t');
    std::getline(fields, expected, '\t');
    INFO(line);
    CHECK(shorten(name, std::stoul(columns)) == expected);
    rows++;
  }
  CHECK(rows >= 15);
}

TEST_CASE("escaped text is harmless in XML and HTML") {
  struct Case {
    std::string text, escaped;
  };
  const Case cases[] = {
      {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
      {"a & \"b\"", "a &amp; &quot;b&quot;"},
      {std::string("\0\x01\x1b", 3), "\ufffd\ufffd\ufffd"},
      {"a\tb\nc", "a b c"},
      {"]]>", "]]&gt;"},
      {"gr\u00fc\u00df \U0001f525", "gr\u00fc\u00df \U0001f525"},
      {"\xff\xc3", "\ufffd\ufffd"},           // never a lead byte; cut short
      {"\xc0\xbc", "\ufffd\ufffd"},           // overlong "<"
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"}  // surrogate
  };
  for (const Case& c : cases) CHECK(escape(c.text) == c.escaped);
}

TEST_CASE("values are scaled to their unit") {
  struct Case {
    int64_t value;
    const char* unit;
    const char* text;
  };
  const Case cases[] = {{0, "nanoseconds", "0"},
                        {999, "nanoseconds", "999ns"},
                        {1500, "nanoseconds", "1.50us"},
                        {10'000'000, "nanoseconds", "10ms"},
                        {-2'000'000'000, "ns", "-2s"},
                        {7200, "seconds", "2hrs"},
                        {1536, "bytes", "1.50kB"},
                        {1 << 30, "bytes", "1GB"},
                        {12, "count", "12"},
                        {5, "", "5"}};
  for (const Case& c : cases) CHECK(quantity(c.value, c.unit) == c.text);
}

TEST_CASE("a share of nothing is no NaN") {
  CHECK(percent(0, 0) == "0%");
  CHECK(percent(5, 0) == "0%");
  CHECK(percent(1, 3) == "33.3%");
  CHECK(percent(1, 1000) == "0.1%");
  CHECK(percent(9999, 10000) == "100%");
  CHECK(percent(-1, 4) == "-25.0%");
}
