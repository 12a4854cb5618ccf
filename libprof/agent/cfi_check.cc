#include "libprof/agent/cfi_check.h"

#include <cstring>

namespace prof::agent {
namespace {

bool is_expression(const UnwindTable& table, int32_t place) {
  if (place < 0) return false;
  const auto at = static_cast<uint32_t>(place);
  return at < table.expressions_size && table.expressions[at] < table.expressions_size - at;
}

bool is_sound(const UnwindTable& table, const Saved& saved) {
  if (saved.base > kRip) return false;
  const bool has_place = saved.kind == Save::kAtExpression || saved.kind == Save::kIsExpression;
  return !has_place || is_expression(table, saved.offset);
}

bool is_sound(const UnwindTable& table, const Rule& rule) {
  if (rule.cfa_register > kRip) return false;
  if (rule.cfa == Cfa::kExpression && !is_expression(table, rule.cfa_offset)) return false;
  return is_sound(table, rule.ra) && is_sound(table, rule.bp) && is_sound(table, rule.bx) &&
         is_sound(table, rule.sp);
}

// Of 0 where there are none. Eight at a time: large libraries have a million.
uint16_t largest(const uint16_t* numbers, uint32_t count) {
  using Lanes [[gnu::vector_size(16)]] = uint16_t;
  constexpr uint32_t kLanes = sizeof(Lanes) / sizeof(uint16_t);
  Lanes most = {};
  uint32_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Lanes next;
    std::memcpy(&next, numbers + i, sizeof next);
    most = next > most ? next : most;
  }
  uint16_t result = 0;
  for (uint32_t lane = 0; lane < kLanes; ++lane) result = most[lane] > result ? most[lane] : result;
  for (; i < count; ++i) result = numbers[i] > result ? numbers[i] : result;
  return result;
}

}  // namespace

bool is_sound(const UnwindTable& table) {
  if (largest(table.rule_of, table.row_count) >= table.rule_count) return false;
  for (uint32_t i = 0; i < table.rule_count; ++i) {
    if (!is_sound(table, table.rules[i])) return false;
  }
  return true;
}

}  // namespace prof::agent
