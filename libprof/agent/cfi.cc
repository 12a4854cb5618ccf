#include "libprof/agent/cfi.h"

namespace prof::agent {
namespace {

// A granule's word: its number with the bit that no offset has, how far from its start `to` is, where in it
// the code begins.
constexpr uint32_t kGranule = 256, kIdle = 1u << 31;
constexpr int64_t kFarthest = 1 << 23;

}  // namespace

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

void UnwindTable::remember_idle(uint32_t begin, uint32_t end, uint32_t to) const {
  if (end > kIdle || to > kIdle) return;
  for (uint32_t start = begin / kGranule * kGranule; start + kGranule <= end; start += kGranule) {
    const int64_t distance = int64_t{to} - start;
    if (distance >= kFarthest || distance < -kFarthest) return;
    const uint32_t from = begin > start ? begin - start : 0, key = kIdle | start / kGranule;
    slot_of(key).store(uint64_t{key} << 32 | (static_cast<uint32_t>(distance) << 8 | from),
                       std::memory_order_relaxed);
  }
}

uint32_t UnwindTable::skip_idle(uint32_t offset) const {
  const uint32_t key = kIdle | offset / kGranule, start = offset / kGranule * kGranule;
  const uint64_t word = slot_of(key).load(std::memory_order_relaxed);
  const auto where = static_cast<uint32_t>(word);
  if (offset >= kIdle || word >> 32 != key || offset - start < (where & 0xff)) return offset;
  return start + static_cast<uint32_t>(static_cast<int32_t>(where) >> 8);
}

uint32_t BriefRule::of(const Rule& rule) {
  if (rule.cfa != Cfa::kRegister || rule.is_signal_frame != 0 || rule.sp.kind != Save::kSame ||
      rule.ra.kind != Save::kAtCfa || rule.ra.offset != -8) {
    return 0;
  }
  constexpr int64_t kNoSlot = -1;
  const auto slot_of = [](const Saved& saved) -> int64_t {
    if (saved.kind == Save::kSame) return 0;
    return saved.kind == Save::kAtCfa && saved.offset < 0 ? -int64_t{saved.offset} : kNoSlot;
  };
  return of(rule.cfa_register, rule.cfa_offset, slot_of(rule.bp), slot_of(rule.bx));
}

uint32_t BriefRule::of(uint8_t base, int64_t cfa, int64_t bp_slot, int64_t bx_slot) {
  const auto fits = [](int64_t distance, uint32_t most) {
    return distance >= 0 && distance % 8 == 0 && distance / 8 <= most;
  };
  if ((base != kRsp && base != kRbp && base != kRbx) || cfa == 0 || !fits(cfa, kMaxCfa) ||
      !fits(bp_slot, kMaxSlot) || !fits(bx_slot, kMaxSlot))
    return 0;
  const int64_t is_on = base == kRsp ? 0 : (base == kRbp ? kOnBp : kOnBx);
  return static_cast<uint32_t>(bx_slot / 8 << 24 | bp_slot / 8 << 16 | cfa / 8 << 2 | is_on);
}

}  // namespace prof::agent
