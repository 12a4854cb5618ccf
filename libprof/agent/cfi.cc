#include "libprof/agent/cfi.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "libprof/agent/cfi_program.h"
#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

constexpr uint32_t kMaxRules = 65535;
constexpr uint16_t kNoneIndex = 0;
constexpr uint16_t kStopIndex = 1;
constexpr uint32_t kMinRecentBits = 9;  // a page of words
constexpr uint32_t kMaxRecentBits = 12;

// One function's description, found by the first pass and sorted by the second.
struct Fde {
  uint32_t start;  // relative to the module
  uint32_t end;
  const uint8_t* cie;
  const uint8_t* program;  // from the augmentation data on
  const uint8_t* program_end;
};

// Interns rules: few hundred distinct ones describe a whole libc.
class RuleSet {
 public:
  bool allocate() {
    rules_ = static_cast<Rule*>(map_pages(kRulesSize));
    slots_ = static_cast<uint16_t*>(map_pages(kSlotsSize));
    return rules_ != nullptr && slots_ != nullptr;
  }
  void free_slots() { unmap_pages(slots_, kSlotsSize); }
  void free_all() {
    free_slots();
    unmap_pages(rules_, kRulesSize);
  }

  uint16_t index_of(const Rule& rule) {
    if (rule.cfa == Cfa::kNone) return kNoneIndex;
    if (rule.cfa == Cfa::kStop) return kStopIndex;
    for (uint32_t slot = hash(rule);; slot = (slot + 1) % kSlots) {
      const uint16_t index = slots_[slot];
      if (index == 0) {
        if (count_ == kMaxRules) return kStopIndex;
        rules_[count_] = rule;
        slots_[slot] = static_cast<uint16_t>(count_);
        return static_cast<uint16_t>(count_++);
      }
      if (std::memcmp(&rules_[index], &rule, sizeof rule) == 0) return index;
    }
  }

  const Rule* finish() {
    free_slots();
    rules_[kStopIndex].cfa = Cfa::kStop;
    trim_pages(rules_, kRulesSize, count_ * sizeof(Rule));
    return rules_;
  }
  uint32_t count() const { return count_; }

 private:
  static constexpr uint32_t kSlots = 1 << 17;
  static constexpr size_t kRulesSize = page_up(kMaxRules * sizeof(Rule));
  static constexpr size_t kSlotsSize = kSlots * sizeof(uint16_t);

  static uint32_t hash(const Rule& rule) {
    uint64_t sum = 0;
    const auto* bytes = reinterpret_cast<const char*>(&rule);
    for (size_t i = 0; i < sizeof rule; i += 4) {
      uint32_t word = 0;
      std::memcpy(&word, bytes + i, 4);
      sum = (sum ^ word) * 0x9e3779b97f4a7c15;
      sum ^= sum >> 29;
    }
    return static_cast<uint32_t>(sum >> 40) % kSlots;
  }

  Rule* rules_ = nullptr;
  uint16_t* slots_ = nullptr;
  uint32_t count_ = 2;  // after kNone and kStop
};

class Compiler : public RowSink {
 public:
  explicit Compiler(const EhFrame& section) : RowSink{take_row}, section_(section) {}
  const UnwindTable* compile();

 private:
  uint64_t address_of(const uint8_t* at) const {
    return section_.address + static_cast<uint64_t>(at - section_.begin);
  }
  template <typename Visit>
  void for_each_fde(Visit visit);
  const Cie& cie_at(const uint8_t* at);
  void parse_cie(const uint8_t* at, Cie& cie);
  bool parse_fde(const uint8_t* cie_at_, DwarfBytes body, Fde& fde);
  void compile_fde(const Fde& fde, uint32_t limit);
  static void take_row(RowSink* sink, uint64_t pc, const Rule& rule);
  void append(uint32_t pc, uint16_t rule);

  const EhFrame& section_;
  Cie cie_;
  RuleSet rules_;
  uint32_t* pcs_ = nullptr;
  uint16_t* rule_of_ = nullptr;
  uint64_t capacity_ = 0;
  uint32_t count_ = 0;
  uint32_t fde_start_ = 0;
  uint32_t fde_limit_ = 0;
};

// Entries: length:u32 id:u32 body; id 0 is a CIE, else the distance back to one. 0xffffffff (64-bit) and 0
// end it.
template <typename Visit>
void Compiler::for_each_fde(Visit visit) {
  DwarfBytes bytes(section_.begin, section_.end, section_.address);
  while (bytes.left() > 8) {
    const auto length = bytes.fixed<uint32_t>();
    if (length == 0 || length == 0xffffffff || length < 4 || length > bytes.left()) return;
    DwarfBytes body = bytes.take(length);
    const uint8_t* const id_at = body.at();
    const auto id = body.fixed<uint32_t>();
    if (id == 0 || id > static_cast<uint64_t>(id_at - section_.begin)) continue;
    visit(id_at - id, body);
  }
}

const Cie& Compiler::cie_at(const uint8_t* at) {
  if (cie_.at != at) {
    cie_ = Cie();
    parse_cie(at, cie_);
    cie_.at = at;
  }
  return cie_;
}

void Compiler::parse_cie(const uint8_t* at, Cie& cie) {
  DwarfBytes bytes(at, section_.end, address_of(at));
  const auto length = bytes.fixed<uint32_t>();
  if (length > bytes.left()) return;
  DwarfBytes body = bytes.take(length);
  if (body.fixed<uint32_t>() != 0) return;
  const auto version = body.fixed<uint8_t>();
  if (version != 1 && version != 3) return;
  const uint8_t* const augmentation = body.at();
  while (!body.done() && body.fixed<uint8_t>() != 0) {
  }
  if (body.failed()) return;
  cie.code_alignment = body.uleb();
  cie.data_alignment = body.sleb();
  const uint64_t return_register = version == 1 ? body.fixed<uint8_t>() : body.uleb();
  if (return_register != kRip) return;
  cie.initial = entry_rule();
  if (augmentation[0] == 'z') {
    cie.has_augmentation_data = true;
    DwarfBytes data = body.take(body.uleb());
    for (const uint8_t* letter = augmentation + 1; *letter != 0; ++letter) {
      if (*letter == 'R') {
        cie.pointer_encoding = data.fixed<uint8_t>();
      } else if (*letter == 'L') {
        data.fixed<uint8_t>();
      } else if (*letter == 'P') {
        const auto encoding = data.fixed<uint8_t>();
        data.encoded(encoding & 0x0f, true);
      } else if (*letter == 'S') {
        cie.initial.is_signal_frame = 1;
      }
    }
    if (data.failed()) return;
  } else if (augmentation[0] != 0) {
    return;
  }
  Rule rule = cie.initial;
  cie.valid = !body.failed() && run_cfi(body, cie, 0, rule, nullptr);
  cie.initial = rule;
}

bool Compiler::parse_fde(const uint8_t* cie_start, DwarfBytes body, Fde& fde) {
  const Cie& cie = cie_at(cie_start);
  if (!cie.valid) return false;
  const uint64_t start = body.encoded(cie.pointer_encoding, false);
  const uint64_t size = body.encoded(cie.pointer_encoding, true);
  if (body.failed() || start < section_.module_start || start >= section_.module_end ||
      size > section_.module_end - start || size == 0) {
    return false;
  }
  fde.start = static_cast<uint32_t>(start - section_.module_start);
  fde.end = static_cast<uint32_t>(start + size - section_.module_start);
  fde.cie = cie_start;
  fde.program = body.at();
  fde.program_end = body.at() + body.left();
  return true;
}

void Compiler::append(uint32_t pc, uint16_t rule) {
  if (count_ > 0 && pcs_[count_ - 1] > pc) return;  // a program that wraps round: keep the order
  if (count_ > 0 && pcs_[count_ - 1] == pc) --count_;
  if (count_ > 0 && rule_of_[count_ - 1] == rule) return;
  if (count_ == capacity_) return;
  pcs_[count_] = pc;
  rule_of_[count_++] = rule;
}

// Rows at or past the function's end say nothing.
void Compiler::take_row(RowSink* sink, uint64_t pc, const Rule& rule) {
  auto& self = *static_cast<Compiler*>(sink);
  const uint64_t offset = pc - self.section_.module_start;
  if (offset < self.fde_start_ || offset >= self.fde_limit_) return;
  self.append(static_cast<uint32_t>(offset), self.rules_.index_of(rule));
}

void Compiler::compile_fde(const Fde& fde, uint32_t limit) {
  const Cie& cie = cie_at(fde.cie);
  fde_start_ = fde.start;
  fde_limit_ = limit;
  DwarfBytes program(fde.program, fde.program_end, address_of(fde.program));
  if (cie.has_augmentation_data) program.take(program.uleb());
  Rule rule = cie.initial;
  run_cfi(program, cie, section_.module_start + fde.start, rule, this);
  append(limit, kNoneIndex);
}

const UnwindTable* Compiler::compile() {
  const auto size = static_cast<uint64_t>(section_.end - section_.begin);
  if (section_.module_end - section_.module_start > UINT32_MAX || size < 16) return nullptr;

  uint64_t fde_count = 0;
  for_each_fde([&](const uint8_t*, const DwarfBytes&) { ++fde_count; });
  if (fde_count == 0) return nullptr;
  const size_t fdes_size = page_up(fde_count * sizeof(Fde));
  auto* const fdes = static_cast<Fde*>(map_pages(fdes_size));
  // A row costs at least one byte of program, a function adds two.
  capacity_ = size + 2 * fde_count;
  const size_t pcs_size = page_up(capacity_ * sizeof(uint32_t));
  const size_t rule_of_size = page_up(capacity_ * sizeof(uint16_t));
  pcs_ = static_cast<uint32_t*>(map_pages(pcs_size));
  rule_of_ = static_cast<uint16_t*>(map_pages(rule_of_size));
  auto* const table = static_cast<UnwindTable*>(map_pages(kPageSize));
  const uint32_t recent_bits =
      std::clamp<uint32_t>(std::bit_width(fde_count), kMinRecentBits, kMaxRecentBits);
  auto* const recent = static_cast<std::atomic<uint64_t>*>(map_pages(sizeof(uint64_t) << recent_bits));
  if (fdes == nullptr || pcs_ == nullptr || rule_of_ == nullptr || table == nullptr || recent == nullptr ||
      !rules_.allocate()) {
    unmap_pages(fdes, fdes_size);
    unmap_pages(pcs_, pcs_size);
    unmap_pages(rule_of_, rule_of_size);
    unmap_pages(table, kPageSize);
    unmap_pages(recent, sizeof(uint64_t) << recent_bits);
    rules_.free_all();
    return nullptr;
  }

  uint64_t found = 0;
  for_each_fde([&](const uint8_t* cie, const DwarfBytes& body) {
    if (parse_fde(cie, body, fdes[found])) ++found;
  });
  std::sort(fdes, fdes + found, [](const Fde& a, const Fde& b) {
    return a.start != b.start ? a.start < b.start : a.program < b.program;
  });
  for (uint64_t i = 0; i < found; ++i) {
    if (i > 0 && fdes[i].start == fdes[i - 1].start) continue;
    uint64_t next = i + 1;
    while (next < found && fdes[next].start == fdes[i].start) ++next;
    compile_fde(fdes[i], next < found ? std::min(fdes[i].end, fdes[next].start) : fdes[i].end);
  }
  unmap_pages(fdes, fdes_size);
  trim_pages(pcs_, pcs_size, count_ * sizeof(uint32_t));
  trim_pages(rule_of_, rule_of_size, count_ * sizeof(uint16_t));
  *table = {pcs_, rule_of_, rules_.finish(), count_, rules_.count(), recent, 32 - recent_bits};
  return table;
}

}  // namespace

const UnwindTable* compile_unwind_table(const EhFrame& section) { return Compiler(section).compile(); }

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
      rule.is_signal_frame != 0 || rule.ra.kind != Save::kAtCfa || rule.ra.offset != -8) {
    return 0;
  }
  const uint32_t bp = slot_of(rule.bp);
  const uint32_t bx = slot_of(rule.bx);
  if (bp == UINT32_MAX || bx == UINT32_MAX) return 0;
  return bx << 24 | bp << 16 | static_cast<uint32_t>(rule.cfa_offset) / 8 << 1 | (on_bp ? 1 : 0);
}

}  // namespace prof::agent
