#include "flamegraph/text.h"

#include <catch2/catch.hpp>
#include <sstream>

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

// Hours, and the time of this test is limited.
TEST_CASE("shortening a name took the square of its length") {
  std::string name;
  for (int i = 0; i < 2'000'000; i++) name += "n::";
  CHECK(shorten(name + "work", 10) == "n::n::work");
  CHECK(shorten(name + std::string(20, 'w'), 10) == "wwwwwwwww\u2026");
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
