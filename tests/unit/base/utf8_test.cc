#include "libprof/base/utf8.h"

#include <catch2/catch.hpp>

using namespace prof;

TEST_CASE("bytes that are of no sequence of UTF-8 are replaced, each") {
  const struct {
    std::string_view bytes, text;
  } cases[] = {
      {"", ""},
      {"a\u00e9\u20ac\U0001f600", "a\u00e9\u20ac\U0001f600"},
      {"\xff\xfe"
       "A",
       "\ufffd\ufffdA"},
      {"\x80", "\ufffd"},
      {"\xc3", "\ufffd"},  // cut
      {"\xe2\x82"
       "b",
       "\ufffd\ufffd"
       "b"},                                             // cut by what follows
      {"\xc0\xaf", "\ufffd\ufffd"},                      // overlong
      {"\xe0\x80\xaf", "\ufffd\ufffd\ufffd"},            // overlong
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},            // a surrogate
      {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},  // past U+10FFFF
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(as_utf8(c.bytes) == c.text);
    CHECK(is_utf8(c.bytes) == (c.bytes == c.text));
    CHECK(is_utf8(c.text));
  }
}
