#include "libprof/agent/cfi.h"

namespace prof::agent {

const Rule& UnwindTable::find(uint32_t offset) const {
  uint32_t low = 0;
  uint32_t count = row_count;
  while (count > 0) {  // the last row at or before `offset`
    const uint32_t half = count / 2;
    const bool right = pcs[low + half] <= offset;
    low = right ? low + half + 1 : low;
    count = right ? count - half - 1 : half;
  }
  return low == 0 ? rules[0] : rules[rule_of[low - 1]];
}

uint32_t UnwindTable::search_brief(uint32_t offset, std::atomic<uint64_t>& slot) const {
  const uint32_t brief = BriefRule::of(find(offset));
  slot.store(uint64_t{offset} << 32 | brief, std::memory_order_relaxed);
  return brief;
}

uint32_t BriefRule::of(const Rule& rule) {
  if (rule.cfa != Cfa::kRegister || (rule.cfa_register != kRbp && rule.cfa_register != kRsp) ||
      rule.is_signal_frame != 0 || rule.sp.kind != Save::kSame || rule.ra.kind != Save::kAtCfa ||
      rule.ra.offset != -8) {
    return 0;
  }
  constexpr int64_t kNoSlot = -1;
  const auto slot_of = [](const Saved& saved) -> int64_t {
    if (saved.kind == Save::kSame) return 0;
    return saved.kind == Save::kAtCfa && saved.offset < 0 ? -int64_t{saved.offset} : kNoSlot;
  };
  return of(rule.cfa_register == kRbp, rule.cfa_offset, slot_of(rule.bp), slot_of(rule.bx));
}

uint32_t BriefRule::of(bool is_on_bp, int64_t cfa, int64_t bp_slot, int64_t bx_slot) {
  const auto fits = [](int64_t distance, uint32_t most) {
    return distance >= 0 && distance % 8 == 0 && distance / 8 <= most;
  };
  if (cfa == 0 || !fits(cfa, kMaxCfa) || !fits(bp_slot, kMaxSlot) || !fits(bx_slot, kMaxSlot)) return 0;
  return static_cast<uint32_t>(bx_slot / 8 << 24 | bp_slot / 8 << 16 | cfa / 8 << 1 | (is_on_bp ? 1 : 0));
}

}  // namespace prof::agent
