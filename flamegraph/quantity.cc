#include "flamegraph/quantity.h"

#include <fmt/format.h>

#include <cmath>
#include <span>

namespace prof::flame {
namespace {

struct Scale {
  std::string_view name;
  double size;
};
constexpr Scale kTime[] = {{"hrs", 3600e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}};
constexpr Scale kBytes[] = {{"PB", 0x1p50}, {"TB", 0x1p40}, {"GB", 0x1p30},
                            {"MB", 0x1p20}, {"kB", 0x1p10}, {"B", 1}};

struct Unit {
  std::string_view name;
  double size;  // in the family's smallest
  std::span<const Scale> scales;
};
const Unit kUnits[] = {{"nanoseconds", 1, kTime},    {"ns", 1, kTime},        {"microseconds", 1e3, kTime},
                       {"milliseconds", 1e6, kTime}, {"seconds", 1e9, kTime}, {"bytes", 1, kBytes}};

}  // namespace

std::string quantity(int64_t value, std::string_view unit) {
  for (const Unit& known : kUnits) {
    if (known.name != unit || value == 0) continue;
    const double size = static_cast<double>(value) * known.size;
    for (const Scale& scale : known.scales) {
      if (std::abs(size) < scale.size && scale.size > 1) continue;
      std::string text = fmt::format("{:.2f}", size / scale.size);
      if (text.ends_with(".00")) text.resize(text.size() - 3);
      return text + std::string(scale.name);
    }
  }
  return std::to_string(value);
}

std::string percent(int64_t part, int64_t whole) {
  if (whole == 0 || part == 0) return "0%";
  const double share = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (std::abs(share) >= 99.95 && std::abs(share) < 100.05) return share > 0 ? "100%" : "-100%";
  return std::abs(share) >= 1 ? fmt::format("{:.1f}%", share) : fmt::format("{:.2g}%", share);
}

}  // namespace prof::flame
