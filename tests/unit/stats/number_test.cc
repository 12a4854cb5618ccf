// Numbers of benchmark files, as text.
#include "stats/text/number.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <charconv>
#include <string>

using bench::parse_plain;

namespace {

constexpr size_t kExact = 15;  // digits whose integer a double holds

}  // namespace

TEST_CASE("plain numbers are read as they are written, wherever the point and the end are", "[number]") {
  const std::string digits = "73910482655518730";
  for (size_t count = 1; count <= digits.size(); count++) {
    for (size_t point = 0; point <= count + 1; point++) {  // beyond: none
      std::string text = digits.substr(0, std::min(point, count));
      if (point <= count) text += "." + digits.substr(point, count - point);
      for (const std::string behind :
           {"", " ", "\t", "/", ":", " 7", "e5 B/op", ".5", "\x80", "  B/op  1 x/op"}) {
        INFO(text << " followed by '" << behind << "'");
        double value = -1, expected = -2;
        const size_t size = parse_plain(text + behind, value);
        const bool goes_on = point > count && behind == ".5";
        if (point == 0 || count + (goes_on ? 1 : 0) > kExact) {
          CHECK(size == 0);
          continue;
        }
        const std::string number = goes_on ? text + behind : text;
        std::from_chars(number.data(), number.data() + number.size(), expected);
        CHECK(size == number.size());
        CHECK(value == expected);
      }
    }
  }
}

TEST_CASE("what is no plain number is left to others", "[number]") {
  double value = -1;
  for (const char* text : {"", " ", ".", "x", "-1", "+1", ".5 ns/op here", "/23456789", ":23456789"})
    CHECK(parse_plain(text, value) == 0);
  CHECK(value == -1);
}
