#include "stats/benchfmt/unit.h"

#include <cmath>

#include "stats/text/number.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

struct Token {
  std::string_view text;
  size_t offset = 0;
  bool denominator = false;
};

std::vector<Token> tokens_of(std::string_view unit) {
  std::vector<Token> tokens;
  bool denominator = false, open = false;
  for (size_t pos = 0; pos < unit.size();) {
    const Rune rune = decode_rune(unit.substr(pos));
    const bool separator = rune.code == '*' || rune.code == '/' || rune.code == '-' || is_space(rune.code);
    if (rune.code == '*') denominator = false;
    if (rune.code == '/') denominator = true;
    if (!separator) {
      if (!open) tokens.push_back({{}, pos, denominator});
      Token& token = tokens.back();
      token.text = unit.substr(token.offset, pos + rune.size - token.offset);
    }
    open = !separator;
    pos += rune.size;
  }
  return tokens;
}

struct Prescaled {
  std::string_view token;
  std::string_view base;
  double multiply;
  double divide;
};
constexpr Prescaled kPrescaled[] = {{"ns", "sec", 1, 1e9}, {"MB", "B", 1e6, 1}};

bool one_of(std::string_view token, std::initializer_list<std::string_view> words) {
  for (const auto word : words) {
    if (token == word) return true;
  }
  return false;
}

// Of numerators.
bool is_time(std::string_view token) {
  return one_of(token, {"ns", "us", "µs", "μs", "ms", "s", "sec", "second", "seconds"});
}
bool is_counted(std::string_view token) {
  return one_of(token, {"B", "MB", "bytes", "allocs", "instructions"});
}
// Of a processor or kernel, the fewer the better, and never twice the same: misses of branches and caches,
// faults of pages, switches of contexts.
bool is_event(std::string_view token) {
  return one_of(token, {"cycles", "branches", "misses", "faults", "switches"});
}

struct Prefix {
  double factor;
  const char* text;
  double t100, t10, t1;  // from here on a value prints with 1, 2, 3 decimals and four digits
};

// The decimal thresholds are where rounding to four digits carries: 99.995, 9.9995 and 0.99995 of the factor.
constexpr Prefix kDecimalPrefixes[] = {{1e12, "T", 99.995e12, 9.9995e12, .99995e12},
                                       {1e9, "G", 99.995e9, 9.9995e9, .99995e9},
                                       {1e6, "M", 99.995e6, 9.9995e6, .99995e6},
                                       {1e3, "k", 99.995e3, 9.9995e3, .99995e3},
                                       {1, "", 99.995, 9.9995, .99995},
                                       {1e-3, "m", 99.995e-3, 9.9995e-3, .99995e-3},
                                       {1e-6, "µ", 99.995e-6, 9.9995e-6, .99995e-6},
                                       {1e-9, "n", 99.995e-9, 9.9995e-9, .99995e-9}};

constexpr double binary(double threshold, int exponent) {
  for (int i = 0; i < exponent; i++) threshold *= 2;
  return threshold;
}
// The same thresholds times powers of two, which is exact. 1000 to 1024 stay with the smaller prefix.
constexpr Prefix binary_prefix(int exponent, const char* text) {
  return {binary(1, exponent), text, binary(99.995, exponent), binary(9.9995, exponent),
          binary(.99995, exponent)};
}
constexpr Prefix kBinaryPrefixes[] = {binary_prefix(40, "Ti"), binary_prefix(30, "Gi"),
                                      binary_prefix(20, "Mi"), binary_prefix(10, "Ki"), binary_prefix(0, "")};

// Below the smallest prefix: more decimals, 3 for >= 0.99995 up to 10.
constexpr double kSmallThresholds[] = {9.9995e-1, 9.9995e-2, 9.9995e-3, 9.9995e-4,
                                       9.9995e-5, 9.9995e-6, 9.9995e-7, 9.9995e-8};

template <size_t N>
Scale scale_for(double smallest, const Prefix (&prefixes)[N]) {
  for (const Prefix& prefix : prefixes) {
    if (smallest >= prefix.t100) return {1, prefix.factor, prefix.text};
    if (smallest >= prefix.t10) return {2, prefix.factor, prefix.text};
    if (smallest >= prefix.t1) return {3, prefix.factor, prefix.text};
  }
  const Prefix& last = prefixes[N - 1];
  int decimals = 3;
  for (const double& threshold : kSmallThresholds) {
    if (smallest / last.factor >= threshold || &threshold == std::end(kSmallThresholds) - 1) break;
    decimals++;
  }
  return {decimals, last.factor, last.text};
}

}  // namespace

TidyUnit tidy(std::string_view unit) {
  TidyUnit result{std::string(unit), 1};
  if (unit == "ns/op") return {"sec/op", 1e-9};
  if (unit.find("ns") == std::string_view::npos && unit.find("MB") == std::string_view::npos) return result;
  result.unit.clear();
  size_t copied = 0;
  for (const Token& token : tokens_of(unit)) {
    for (const Prescaled& scaled : kPrescaled) {
      if (token.denominator || token.text != scaled.token) continue;
      result.unit += unit.substr(copied, token.offset - copied);
      result.unit += scaled.base;
      copied = token.offset + token.text.size();
      result.factor = result.factor * scaled.multiply / scaled.divide;
    }
  }
  result.unit += unit.substr(copied);
  return result;
}

UnitClass class_of(std::string_view unit) {
  for (const Token& token : tokens_of(unit)) {
    if (!token.denominator && one_of(token.text, {"B", "MB", "bytes"})) return UnitClass::kBinary;
  }
  return UnitClass::kDecimal;
}

Better better_of(std::string_view unit) {
  const auto tokens = tokens_of(unit);
  bool per_operation = false, time = false, cost = false, peak = false;
  for (const Token& token : tokens) {
    if (token.denominator) {
      if (one_of(token.text, {"s", "sec", "second", "seconds"})) return Better::kHigher;
      per_operation |= token.text == "op";
    } else {
      time |= is_time(token.text);
      cost |= is_counted(token.text) || is_event(token.text);
      peak |= token.text == "peak";
    }
  }
  return time || (cost && (per_operation || peak)) ? Better::kLower : Better::kUnknown;
}

bool counts(std::string_view unit) {
  bool counted = false, per_operation = false;
  for (const Token& token : tokens_of(unit)) {
    counted |= !token.denominator && is_counted(token.text);
    per_operation |= token.denominator && token.text == "op";
  }
  return counted && per_operation;
}

bool times(std::string_view unit) {
  for (const Token& token : tokens_of(unit)) {
    if (!token.denominator && is_time(token.text)) return true;
  }
  return false;
}

void Scale::append(std::string& text, double value) const {
  append_fixed(text, value / factor, decimals);
  text += prefix;
}

std::string Scale::format(double value) const {
  std::string text;
  append(text, value);
  return text;
}

Scale common_scale(const std::vector<double>& values, UnitClass unit_class) {
  double smallest = 0;
  for (const double value : values) {
    const double magnitude = std::fabs(value);
    if (magnitude != 0 && std::isfinite(magnitude) && (smallest == 0 || magnitude < smallest))
      smallest = magnitude;
  }
  if (smallest == 0) return {3, 1, ""};
  return unit_class == UnitClass::kBinary ? scale_for(smallest, kBinaryPrefixes)
                                          : scale_for(smallest, kDecimalPrefixes);
}

}  // namespace bench
