// Amounts with units as people read them, by pprof's rules: 1024-based bytes, ns to hrs, GCU; other units are
// shown as they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace prof::report {

struct Scaled {
  double value = 0;
  std::string unit;  // "" for counts
};

// `to` "minimum" or "auto": the largest unit in which the value is at least 1. A unit of another family: the
// family's base unit.
Scaled scale(int64_t value, std::string_view from, std::string_view to);

// "1.50MB", "10s", "3"; two decimals, none where they are zero; zero is "0".
std::string amount(int64_t value, std::string_view from, std::string_view to = "auto");

// "12.50%", "  100%", "0.12%", always of the same width for the usual range; of zero total: "    0%".
std::string percentage(int64_t value, int64_t total);

// How many `to` one `from` is; nothing where they are not of one family.
std::optional<double> unit_ratio(std::string_view from, std::string_view to);

std::string_view trim(std::string_view text);  // without surrounding spaces

}  // namespace prof::report
