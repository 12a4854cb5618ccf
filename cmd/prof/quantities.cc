#include "cmd/prof/quantities.h"

#include <charconv>
#include <span>
#include <string_view>

namespace prof::cmd {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKibi = 1024;
constexpr Unit kBytes[] = {{"", 1},
                           {"B", 1},
                           {"k", kKibi},
                           {"K", kKibi},
                           {"kB", kKibi},
                           {"KB", kKibi},
                           {"KiB", kKibi},
                           {"M", kKibi* kKibi},
                           {"MB", kKibi* kKibi},
                           {"MiB", kKibi* kKibi},
                           {"G", kKibi* kKibi* kKibi},
                           {"GB", kKibi* kKibi* kKibi},
                           {"GiB", kKibi* kKibi* kKibi}};
constexpr Unit kDurations[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};

Result<uint64_t> parse(const std::string& text, std::span<const Unit> units, const char* example) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && number >= 0) {
    const std::string_view name(rest, static_cast<size_t>(end - rest));
    for (const Unit& unit : units) {
      const double amount = number * unit.factor;
      if (unit.name == name && amount >= 1 && amount < 1e18) return static_cast<uint64_t>(amount);
    }
  }
  return fail("'" + text + "' is not an amount", std::string("write it like ") + example);
}

}  // namespace

Result<uint64_t> parse_bytes(const std::string& text) { return parse(text, kBytes, "64k, 512KiB or 1M"); }
Result<uint64_t> parse_duration(const std::string& text) {
  return parse(text, kDurations, "500ns, 10us or 1ms");
}

}  // namespace prof::cmd
