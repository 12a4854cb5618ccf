// Units: tidying to base units, binary or decimal prefixes, and which direction is better.
//
// A unit is tokens joined by '-', '*', '/' or space; what follows a '/' is the denominator until the next
// '*'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct TidyUnit {
  std::string unit;
  double factor = 1;  // value in the tidied unit = value * factor
};

// Numerators only: ns becomes sec (1e-9), MB becomes B (1e6).
TidyUnit tidy(std::string_view unit);

enum class UnitClass { kDecimal, kBinary };

// Binary where the numerator counts bytes (B, MB, bytes).
UnitClass class_of(std::string_view unit);

enum class Better { kUnknown, kLower, kHigher };

// What the unit itself says: rates per second are better higher; times, bytes, allocations, instructions and
// a processor's events per operation, and peaks of bytes, lower. Anything else is unknown.
Better better_of(std::string_view unit);

// Whether values of the unit are counted, so that a program that does the same has the same: allocations,
// bytes allocated and instructions per operation.
bool counts(std::string_view unit);
// Whether they are read from a clock: seconds in the numerator.
bool times(std::string_view unit);

// How one row of numbers is printed: value / factor with `decimals` places, then the prefix.
struct Scale {
  int decimals = 3;
  double factor = 1;
  std::string_view prefix;

  std::string format(double value) const;
  void append(std::string& text, double value) const;
};

// The scale at which the value nearest to zero still shows three significant digits, or more.
Scale common_scale(const std::vector<double>& values, UnitClass unit_class);

}  // namespace bench
