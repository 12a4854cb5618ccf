// Numbers as Go writes and reads them: benchmark files and benchstat's CSV are made of these.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

enum class NumberError { kNone, kSyntax, kRange };

// "invalid syntax", "value out of range".
const char* describe(NumberError error);

// [+-]digits.
NumberError parse_int(std::string_view text, int64_t& value);

// Decimal and hexadecimal floating point, inf, infinity and nan in any case; correctly rounded. kRange leaves
// the infinity of the right sign in `value`.
NumberError parse_float(std::string_view text, double& value);

// The size of the number at the start of `text` where it is digits with a point among them or not, few enough
// to be read at once; 0 where it is none, or where parse_float must decide.
size_t parse_plain(std::string_view text, double& value);

// The shortest digits that read back as `value`, in exponent form if the decimal exponent is < -4 or >= 6:
// "1e+06", "0.0001", "+Inf", "NaN".
std::string format_shortest(double value);

// Fixed point with `decimals` places; `plus`: positive numbers (and NaN) get a sign. Infinities always have
// one.
std::string format_fixed(double value, int decimals, bool plus = false);
void append_fixed(std::string& text, double value, int decimals, bool plus = false);

}  // namespace bench
