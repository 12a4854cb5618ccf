// Units and numbers: tidying, scaling, directions, and how numbers are read and written.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <random>

#include "stats/benchfmt/unit.h"
#include "stats/text/number.h"
#include "stats/text/unicode.h"

using namespace bench;

TEST_CASE("an infinite value has no part in the scale of its row") {
  CHECK(common_scale({INFINITY, 1e-7}, UnitClass::kDecimal).prefix == "n");
  CHECK(common_scale({INFINITY}, UnitClass::kDecimal).format(INFINITY) == "+Inf");
}

TEST_CASE("units are tidied in the numerator") {
  struct {
    const char* unit;
    const char* tidied;
    double factor;
  } const cases[] = {{"ns/op", "sec/op", 1e-9},      {"MB/s", "B/s", 1e6},  {"B/op", "B/op", 1},
                     {"p99-ns", "p99-sec", 1e-9},    {"x/ns", "x/ns", 1},   {"x/MB*ns", "x/MB*sec", 1e-9},
                     {"ns-MB", "sec-B", 1e-9 * 1e6}, {"insns", "insns", 1}, {"", "", 1}};
  for (const auto& c : cases) {
    CAPTURE(c.unit);
    CHECK(tidy(c.unit).unit == c.tidied);
    CHECK(tidy(c.unit).factor == Approx(c.factor).epsilon(1e-15));
  }
}

TEST_CASE("bytes have binary prefixes") {
  for (const char* unit : {"B/op", "B/s", "bytes/op", "disk-B/sec", "sec/B*B"})
    CHECK(class_of(unit) == UnitClass::kBinary);
  for (const char* unit : {"sec/op", "sec/B", "sec/disk-B", "x", ""})
    CHECK(class_of(unit) == UnitClass::kDecimal);
}

TEST_CASE("which direction is better") {
  for (const char* unit : {"sec/op", "cpu-sec/op", "p99-sec", "B/op", "allocs/op", "peak-B", "peak-bytes"})
    CHECK(better_of(unit) == Better::kLower);
  for (const char* unit : {"B/s", "items/s", "req/sec"}) CHECK(better_of(unit) == Better::kHigher);
  for (const char* unit : {"x", "text-bytes", "widgets/op", ""}) CHECK(better_of(unit) == Better::kUnknown);
}

TEST_CASE("values keep three significant digits or more") {
  struct {
    double value;
    UnitClass unit_class;
    const char* text;
  } const cases[] = {
      {0, UnitClass::kDecimal, "0.000"},       {1, UnitClass::kDecimal, "1.000"},
      {99.994, UnitClass::kDecimal, "99.99"},  {99.995, UnitClass::kDecimal, "100.0"},
      {999.94, UnitClass::kDecimal, "999.9"},  {999.95, UnitClass::kDecimal, "1.000k"},
      {1.5e-6, UnitClass::kDecimal, "1.500µ"}, {1e-12, UnitClass::kDecimal, "0.001000n"},
      {1e15, UnitClass::kDecimal, "1000.0T"},  {1023, UnitClass::kBinary, "1023.0"},
      {1024, UnitClass::kBinary, "1.000Ki"},   {0.5, UnitClass::kBinary, "0.5000"},
      {-1500, UnitClass::kDecimal, "-1.500k"}, {4.8123e-9, UnitClass::kBinary, "0.0000000048"},
  };
  for (const auto& c : cases) CHECK(common_scale({c.value}, c.unit_class).format(c.value) == c.text);
  CHECK(common_scale({1e6, 2000, 0}, UnitClass::kDecimal).format(1e6) == "1000.000k");
}

TEST_CASE("fixed numbers are rounded as printf rounds them") {
  std::mt19937 random(61);
  std::vector<double> values = {0, -0.0, 0.5, 1.5, 2.5, 0.125, -0.125, 0.005, 1e15, 1e22, 999.9995, -1e-9};
  for (int i = 0; i < 20000; i++) {
    const double exponent = std::uniform_real_distribution<>(-8, 18)(random);
    values.push_back(std::pow(10, exponent) * (random() % 2 == 0 ? 1 : -1));
    values.push_back(std::round(values.back() * 2000) / 2000);  // near ties
  }
  for (const double value : values) {
    for (const int decimals : {0, 1, 2, 3, 7}) {
      char expected[64];
      std::snprintf(expected, sizeof expected, "%.*f", decimals, value);
      if (format_fixed(value, decimals) != expected) CHECK(format_fixed(value, decimals) == expected);
      std::snprintf(expected, sizeof expected, "%+.*f", decimals, value);
      if (format_fixed(value, decimals, true) != expected)
        CHECK(format_fixed(value, decimals, true) == expected);
    }
  }
}

TEST_CASE("shortest numbers") {
  const std::pair<double, const char*> cases[] = {
      {1, "1"},        {100000, "100000"}, {1e6, "1e+06"}, {1234567, "1.234567e+06"}, {1e-4, "0.0001"},
      {1e-5, "1e-05"}, {INFINITY, "+Inf"}, {-0.1, "-0.1"}, {1e100, "1e+100"}};
  for (const auto& [value, text] : cases) CHECK(format_shortest(value) == text);
  CHECK(format_shortest(NAN) == "NaN");
  CHECK(format_fixed(NAN, 2, true) == "+NaN");
  CHECK(format_fixed(0.125, 2) == "0.12");
  CHECK(format_fixed(1, 2, true) == "+1.00");
}

TEST_CASE("quoting reads back") {
  for (const std::string& text :
       {std::string("a b"), std::string("\"\\\n\t\x01\x7F"), std::string("ä☃"), std::string()}) {
    std::string back;
    REQUIRE(unquote(quote(text), back));
    CHECK(back == text);
  }
  CHECK(quote("\xFF\xC2\xA0") == R"("\xff\u00a0")");
  std::string ignored;
  for (const char* bad : {"\"", "\"\\\"", "\"\\q\"", "\"\\ud800\"", "\"\\400\"", "\"a\nb\"", "x"})
    CHECK_FALSE(unquote(bad, ignored));
}
