#include "stats/text/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace bench {
namespace {

constexpr double kPowersOfTen[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_ignoring_case(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower(a) == b; });
}

// Skips digits with at most one point among them; false where there is no digit.
bool skip_mantissa(std::string_view text, size_t& pos, bool (*digit)(char)) {
  bool any = false, point = false;
  for (; pos < text.size(); pos++) {
    if (digit(text[pos])) {
      any = true;
    } else if (text[pos] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  return any;
}

// [eE|pP][+-]digits at pos; `present` says whether there was one at all.
bool skip_exponent(std::string_view text, size_t& pos, char letter, bool& present) {
  present = pos < text.size() && lower(text[pos]) == letter;
  if (!present) return true;
  pos++;
  if (pos < text.size() && (text[pos] == '+' || text[pos] == '-')) pos++;
  const size_t start = pos;
  while (pos < text.size() && is_digit(text[pos])) pos++;
  return pos > start;
}

bool special(std::string_view text, bool negative, bool has_sign, double& value) {
  if (equals_ignoring_case(text, "nan") && !has_sign) {
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  if (!equals_ignoring_case(text, "inf") && !equals_ignoring_case(text, "infinity")) return false;
  value = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  return true;
}

// An underscore may stand between digits, and behind the prefix of a hexadecimal number.
bool strip_underscores(std::string_view text, bool hex, std::string& out) {
  bool joins = hex;
  char previous = ' ';
  for (const char c : text) {
    const bool digit = is_digit(c) || (hex && is_hex(c));
    if (c == '_' ? !joins : previous == '_' && !digit) return false;
    if (c != '_') out += c;
    joins = digit;
    previous = c;
  }
  return previous != '_';
}

// append_fixed where the product with the power of ten is a double that says which way to round, as it mostly
// does: tables are made of such numbers.
bool append_plain(std::string& text, double value, int decimals, bool plus) {
  constexpr double kLargest = 1e15;
  if (decimals < 0 || static_cast<size_t>(decimals) >= std::size(kPowersOfTen)) return false;
  const double scaled = std::fabs(value) * kPowersOfTen[decimals];
  if (!(scaled < kLargest)) return false;
  const double below = std::floor(scaled), fraction = scaled - below;
  // The product is off by half a unit in the last place at most: within that of one half it does not say.
  if (std::fabs(fraction - 0.5) <= scaled * std::numeric_limits<double>::epsilon()) return false;
  auto rest = static_cast<uint64_t>(below) + (fraction > 0.5 ? 1 : 0);
  char buffer[24];
  char* start = std::end(buffer);
  for (int digits = 0; rest != 0 || digits <= decimals; digits++) {
    if (digits == decimals && decimals != 0) *--start = '.';
    *--start = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  if (std::signbit(value)) {
    *--start = '-';
  } else if (plus) {
    *--start = '+';
  }
  text.append(start, static_cast<size_t>(std::end(buffer) - start));
  return true;
}

// parse_plain where the number and the byte behind it are within eight bytes, all of which are looked at at
// once; 0 where they are not. (The three multiplications of D. Lemire's parse_eight_digits.)
size_t parse_short(const char* bytes, double& value) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t digits = 0;
  std::memcpy(&digits, bytes, sizeof digits);
  digits ^= '0' * kOnes;
  // A carry only reaches bytes behind the first that is no digit.
  const auto count_digits = [](uint64_t word) {
    const uint64_t others = ((word + (0x80 - 10) * kOnes) | word) & 0x80 * kOnes;
    return static_cast<size_t>(std::countr_zero(others)) / 8;
  };
  const size_t whole = count_digits(digits);
  if (whole == 0 || whole == sizeof digits) return 0;
  size_t count = whole, size = whole;
  if (bytes[whole] == '.') {
    const uint64_t in_front = (uint64_t{1} << 8 * whole) - 1;
    digits = (digits & in_front) | (digits >> 8 & ~in_front) | uint64_t{0xFF} << 56;
    count = count_digits(digits);
    size = count + 1;
    if (size == sizeof digits) return 0;
  }
  digits <<= 8 * (sizeof digits - count);
  digits = digits * 10 + (digits >> 8);
  constexpr uint64_t kPairs = 0x000000FF000000FF;
  const uint64_t mantissa = ((digits & kPairs) * (100 + (uint64_t{1'000'000} << 32)) +
                             (digits >> 16 & kPairs) * (1 + (uint64_t{10'000} << 32))) >>
                            32;
  value = static_cast<double>(mantissa) / kPowersOfTen[count - whole];
  return size;
}

}  // namespace

const char* describe(NumberError error) {
  switch (error) {
    case NumberError::kNone:
      return "";
    case NumberError::kSyntax:
      return "invalid syntax";
    case NumberError::kRange:
      return "value out of range";
  }
  return "";
}

// The mantissa and the power of ten are doubles: their quotient is then correctly rounded (Clinger 1990).
// Most numbers of benchmark files are like that.
size_t parse_plain(std::string_view text, double& value) {
  if (text.size() >= sizeof(uint64_t)) {
    if (const size_t size = parse_short(text.data(), value); size != 0) return size;
  }
  constexpr size_t kExactDigits = 15;
  // Looks at two more bytes than may be: a point, and a digit that is too many.
  const char *start = text.data(), *end = start + std::min(text.size(), kExactDigits + 2), *at = start;
  int64_t mantissa = 0;
  for (; at != end && is_digit(*at); at++) mantissa = mantissa * 10 + (*at - '0');
  auto digits = static_cast<size_t>(at - start), decimals = size_t{0};
  if (digits == 0) return 0;
  if (at != end && *at == '.') {
    const char* point = at++;
    for (; at != end && is_digit(*at); at++) mantissa = mantissa * 10 + (*at - '0');
    decimals = static_cast<size_t>(at - point) - 1;
    digits += decimals;
  }
  if (digits > kExactDigits) return 0;
  value = static_cast<double>(mantissa) / kPowersOfTen[decimals];
  return static_cast<size_t>(at - start);
}

NumberError parse_int(std::string_view text, int64_t& value) {
  const bool plus = !text.empty() && text[0] == '+';
  if (plus) text.remove_prefix(1);
  if (text.empty() || (plus && text[0] == '-')) return NumberError::kSyntax;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return NumberError::kSyntax;
  return error == std::errc() ? NumberError::kNone : NumberError::kRange;
}

NumberError parse_float(std::string_view text, double& value) {
  if (!text.empty() && parse_plain(text, value) == text.size()) return NumberError::kNone;
  const bool has_sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  const bool negative = has_sign && text[0] == '-';
  std::string_view body = has_sign ? text.substr(1) : text;
  if (body.empty()) return NumberError::kSyntax;
  if (!is_digit(body[0]) && body[0] != '.') {
    return special(body, negative, has_sign, value) ? NumberError::kNone : NumberError::kSyntax;
  }
  const bool hex = body.size() > 2 && body[0] == '0' && lower(body[1]) == 'x';
  if (hex) body.remove_prefix(2);
  std::string stripped;
  if (body.find('_') != std::string_view::npos) {
    if (!strip_underscores(body, hex, stripped)) return NumberError::kSyntax;
    body = stripped;
  }
  size_t pos = 0;
  bool has_exponent = false;
  if (!skip_mantissa(body, pos, hex ? is_hex : is_digit) ||
      !skip_exponent(body, pos, hex ? 'p' : 'e', has_exponent) || pos != body.size() ||
      (hex && !has_exponent)) {
    return NumberError::kSyntax;
  }
  const auto format = hex ? std::chars_format::hex : std::chars_format::general;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value, format);
  if (error == std::errc::result_out_of_range) {
    // from_chars does not say whether it was too large or too small; strtod does, and rounds as well.
    value = std::strtod(((hex ? "0x" : "") + std::string(body)).c_str(), nullptr);
  }
  if (negative) value = -value;
  return std::isinf(value) ? NumberError::kRange : NumberError::kNone;
}

std::string format_shortest(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[64];
  auto result = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string text(buffer, result.ptr);
  int exponent = 0;
  const size_t e = text.find('e');
  const char* exponent_text = text.data() + e + 1;
  std::from_chars(exponent_text + (*exponent_text == '+' ? 1 : 0), text.data() + text.size(), exponent);
  constexpr int kSmallest = -4, kLargest = 6;
  if (exponent < kSmallest || exponent >= kLargest) return text;
  result = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return std::string(buffer, result.ptr);
}

void append_fixed(std::string& text, double value, int decimals, bool plus) {
  if (append_plain(text, value, decimals, plus)) return;
  if (std::isnan(value)) {
    text += plus ? "+NaN" : "NaN";
  } else if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
  } else {
    text += plus ? fmt::format("{:+.{}f}", value, decimals) : fmt::format("{:.{}f}", value, decimals);
  }
}

std::string format_fixed(double value, int decimals, bool plus) {
  std::string text;
  append_fixed(text, value, decimals, plus);
  return text;
}

}  // namespace bench
