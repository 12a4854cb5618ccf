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
  const auto slot_of = [](const Saved& saved) -> uint32_t {
    if (saved.kind == Save::kSame) return 0;
    const int64_t below = -int64_t{saved.offset};
    const bool fits = saved.kind == Save::kAtCfa && below > 0 && below % 8 == 0 && below / 8 <= kMaxSlot;
    return fits ? static_cast<uint32_t>(below / 8) : UINT32_MAX;
  };
  const bool on_bp = rule.cfa_register == kRbp;
  if (rule.cfa != Cfa::kRegister || (!on_bp && rule.cfa_register != kRsp) || rule.cfa_offset <= 0 ||
      rule.cfa_offset % 8 != 0 || static_cast<uint32_t>(rule.cfa_offset) / 8 > kMaxCfa ||
      rule.is_signal_frame != 0 || rule.sp.kind != Save::kSame || rule.ra.kind != Save::kAtCfa ||
      rule.ra.offset != -8) {
    return 0;
  }
  const uint32_t bp = slot_of(rule.bp);
  const uint32_t bx = slot_of(rule.bx);
  if (bp == UINT32_MAX || bx == UINT32_MAX) return 0;
  return bx << 24 | bp << 16 | static_cast<uint32_t>(rule.cfa_offset) / 8 << 1 | (on_bp ? 1 : 0);
}

}  // namespace prof::agent
