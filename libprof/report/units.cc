#include "libprof/report/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace prof::report {
namespace {

struct Unit {
  const char* name;
  double factor;
  std::array<std::string_view, 4> aliases;  // lower case, singular
};

struct Family {
  std::span<const Unit> units;  // by ascending factor
  Unit base;                    // where no unit fits
};

constexpr double kKi = 1024;
constexpr Unit kBytes[] = {{"B", 1, {"b", "byte"}},
                           {"kB", kKi, {"kb", "kbyte", "kilobyte"}},
                           {"MB", kKi* kKi, {"mb", "mbyte", "megabyte"}},
                           {"GB", kKi* kKi* kKi, {"gb", "gbyte", "gigabyte"}},
                           {"TB", kKi* kKi* kKi* kKi, {"tb", "tbyte", "terabyte"}},
                           {"PB", kKi* kKi* kKi* kKi* kKi, {"pb", "pbyte", "petabyte"}}};
constexpr Unit kTimes[] = {{"ns", 1, {"ns", "nanosecond"}},
                           {"us", 1e3, {"\u03bcs", "us", "microsecond"}},
                           {"ms", 1e6, {"ms", "millisecond"}},
                           {"s", 1e9, {"s", "sec", "second"}},
                           {"hrs", 3600e9, {"hour", "hr"}}};
constexpr Unit kGcus[] = {
    {"n*GCU", 1e-9, {"nanogcu"}}, {"u*GCU", 1e-6, {"microgcu"}}, {"m*GCU", 1e-3, {"milligcu"}},
    {"GCU", 1, {"gcu"}},          {"k*GCU", 1e3, {"kilogcu"}},   {"M*GCU", 1e6, {"megagcu"}},
    {"G*GCU", 1e9, {"gigagcu"}},  {"T*GCU", 1e12, {"teragcu"}},  {"P*GCU", 1e15, {"petagcu"}}};

constexpr Family kFamilies[] = {{kBytes, {"B", 1, {}}}, {kTimes, {"s", 1e9, {}}}, {kGcus, {"GCU", 1, {}}}};

const Unit* find(const Family& family, std::string_view name) {
  if (name.empty()) return nullptr;
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (text.size() > 2 && text.back() == 's') text.pop_back();
  for (const Unit& unit : family.units) {
    for (const std::string_view alias : unit.aliases) {
      if (text == alias) return &unit;
    }
  }
  return nullptr;
}

// The largest unit in which `value` (in base units) is at least 1, else the base unit.
const Unit& natural(const Family& family, double value) {
  const Unit* best = &family.base;
  for (const Unit& unit : family.units) {
    if (value / unit.factor >= 1) best = &unit;
  }
  return *best;
}

}  // namespace

Scaled scale(int64_t value, std::string_view from, std::string_view to) {
  if (value < 0 && value != INT64_MIN) {
    Scaled positive = scale(-value, from, to);
    positive.value = -positive.value;
    return positive;
  }
  for (const Family& family : kFamilies) {
    const Unit* source = find(family, from);
    if (source == nullptr) continue;
    const double base = static_cast<double>(value) * source->factor;
    const Unit* target = find(family, to);
    if (to == "minimum" || to == "auto") target = &natural(family, base);
    if (target == nullptr) target = &family.base;
    return {base / target->factor, target->name};
  }
  const bool is_plain = to == "count" || to == "sample" || to == "unit" || to == "minimum" || to == "auto";
  return {static_cast<double>(value), is_plain ? "" : std::string(to)};
}

std::string amount(int64_t value, std::string_view from, std::string_view to) {
  const Scaled scaled = scale(value, from, to);
  std::string text = fmt::format("{:.2f}", scaled.value);
  if (text.ends_with(".00")) text.resize(text.size() - 3);
  return text == "0" || text == "-0" ? "0" : text + scaled.unit;
}

std::string percentage(int64_t value, int64_t total) {
  const double percent =
      total == 0 ? 0 : std::abs(static_cast<double>(value) / static_cast<double>(total)) * 100;
  if (percent >= 99.95 && percent <= 100.05) return "  100%";
  return percent >= 1 ? fmt::format("{:5.2f}%", percent) : fmt::format("{:5.2g}%", percent);
}

std::optional<double> unit_ratio(std::string_view from, std::string_view to) {
  for (const Family& family : kFamilies) {
    const Unit *source = find(family, from), *target = find(family, to);
    if (source != nullptr && target != nullptr) return source->factor / target->factor;
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace prof::report
