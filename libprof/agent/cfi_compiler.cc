#include "libprof/agent/cfi.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "libprof/agent/cfi_entries.h"
#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

constexpr uint32_t kMaxRules = 65535;
constexpr uint16_t kNoneIndex = 0;
constexpr uint16_t kStopIndex = 1;
constexpr uint32_t kMinRecentBits = 9;  // a page of words
constexpr uint32_t kMaxRecentBits = 12;

// Interns rules: few hundred distinct ones describe a whole libc.
class RuleSet {
 public:
  bool allocate() {
    rules_ = static_cast<Rule*>(map_pages(kRulesSize));
    slots_ = static_cast<uint16_t*>(map_pages(kSlotsSize));
    return rules_ != nullptr && slots_ != nullptr;
  }
  RuleSet() = default;
  ~RuleSet() {
    unmap_pages(slots_, kSlotsSize);
    unmap_pages(rules_, kRulesSize);
  }
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;

  uint16_t index_of(const Rule& rule) {
    if (rule.cfa == Cfa::kNone) return kNoneIndex;
    if (rule.cfa == Cfa::kStop) return kStopIndex;
    const uint32_t slot = slot_of(rule);
    if (slots_[slot] != 0) return slots_[slot];
    if (count_ == kMaxRules) return kStopIndex;
    rules_[count_] = rule;
    slots_[slot] = static_cast<uint16_t>(count_++);
    if (count_ > used_ / 2) grow();
    return static_cast<uint16_t>(count_ - 1);
  }

  const Rule* finish() {
    rules_[kStopIndex].cfa = Cfa::kStop;
    trim_pages(rules_, kRulesSize, count_ * sizeof(Rule));
    return std::exchange(rules_, nullptr);
  }
  uint32_t count() const { return count_; }

 private:
  static constexpr uint32_t kSlots = 1 << 17;
  static constexpr size_t kRulesSize = page_up(kMaxRules * sizeof(Rule));
  static constexpr size_t kSlotsSize = kSlots * sizeof(uint16_t);

  static uint32_t hash(const Rule& rule) {
    uint64_t words[(sizeof rule + 7) / 8] = {};
    std::memcpy(words, &rule, sizeof rule);
    uint64_t sum = 0;
    for (const uint64_t word : words) {
      sum = (sum ^ word) * 0x9e3779b97f4a7c15;
      sum ^= sum >> 29;
    }
    return static_cast<uint32_t>(sum >> 40);
  }

  // Where the rule is, or where it belongs.
  uint32_t slot_of(const Rule& rule) const {
    for (uint32_t i = hash(rule);; ++i) {
      const uint16_t index = slots_[i % used_];
      if (index == 0 || std::memcmp(&rules_[index], &rule, sizeof rule) == 0) return i % used_;
    }
  }

  void grow() {
    if (used_ == kSlots) return;
    std::memset(slots_, 0, used_ * sizeof *slots_);
    used_ *= 2;
    for (uint32_t i = kStopIndex + 1; i < count_; ++i) slots_[slot_of(rules_[i])] = static_cast<uint16_t>(i);
  }

  Rule* rules_ = nullptr;
  uint16_t* slots_ = nullptr;
  uint32_t used_ = 2048;  // slots: a power of two, from a page of them on, as each page is a page fault
  uint32_t count_ = 2;    // after kNone and kStop
};

uint64_t size_of(const FrameSection& section) { return static_cast<uint64_t>(section.end - section.begin); }

// What is made on the way, given back at the end.
template <typename T>
class Scratch {
 public:
  explicit Scratch(uint64_t count)
      : size_(page_up(count * sizeof(T))), items_(static_cast<T*>(map_pages(size_))) {}
  ~Scratch() { unmap_pages(items_, size_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* get() const { return items_; }
  // The first `count` stay for good.
  const T* keep(uint64_t count) {
    trim_pages(items_, size_, count * sizeof(T));
    return std::exchange(items_, nullptr);
  }

 private:
  size_t size_;
  T* items_;
};

// A table and its expressions share a page.
struct TablePage {
  UnwindTable table;
  uint8_t expressions[kPageSize - sizeof(UnwindTable)];
};

class Compiler : public RowSink {
 public:
  explicit Compiler(const CallFrames& frames)
      : RowSink{take_row},
        frames_(frames),
        page_(1),
        expressions_(page_.get()->expressions, sizeof page_.get()->expressions),
        eh_frame_(frames, SectionKind::kEhFrame, expressions_),
        debug_frame_(frames, SectionKind::kDebugFrame, expressions_) {}
  const UnwindTable* compile();

 private:
  uint64_t collect(Fde* fdes);
  void compile_fde(const Fde& fde, uint32_t limit);
  static void take_row(RowSink* sink, uint64_t pc, const Rule& rule);
  void append(uint32_t pc, uint16_t rule);

  const CallFrames& frames_;
  Scratch<TablePage> page_;
  ExpressionPool expressions_;
  FrameReader eh_frame_;
  FrameReader debug_frame_;
  RuleSet rules_;
  uint32_t* pcs_ = nullptr;
  uint16_t* rule_of_ = nullptr;
  uint64_t capacity_ = 0;
  uint32_t count_ = 0;
  uint32_t fde_start_ = 0;
  uint32_t fde_limit_ = 0;
};

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
  const uint64_t offset = pc - self.frames_.module_start;
  if (offset < self.fde_start_ || offset >= self.fde_limit_) return;
  self.append(static_cast<uint32_t>(offset), self.rules_.index_of(rule));
}

void Compiler::compile_fde(const Fde& fde, uint32_t limit) {
  fde_start_ = fde.start;
  fde_limit_ = limit;
  (fde.is_debug_frame ? debug_frame_ : eh_frame_).run(fde, this);
  append(limit, kNoneIndex);
}

bool starts_before(const Fde& a, const Fde& b) {
  return a.start != b.start ? a.start < b.start : a.program < b.program;
}

// Sorted by start: those of .eh_frame, and those of .debug_frame that start where it says nothing.
uint64_t Compiler::collect(Fde* fdes) {
  uint64_t found = 0;
  eh_frame_.for_each_fde([&](const uint8_t* cie, const DwarfBytes& body) {
    if (eh_frame_.parse_fde(cie, body, fdes[found])) ++found;
  });
  std::sort(fdes, fdes + found, starts_before);
  Fde* const end = fdes + found;
  debug_frame_.for_each_fde([&](const uint8_t* cie, const DwarfBytes& body) {
    Fde& fde = fdes[found];
    if (!debug_frame_.parse_fde(cie, body, fde)) return;
    const Fde* const after =
        std::upper_bound(fdes, end, fde.start, [](uint32_t start, const Fde& f) { return start < f.start; });
    if (after == fdes || after[-1].end <= fde.start) ++found;
  });
  std::sort(fdes, fdes + found, starts_before);
  return found;
}

const UnwindTable* Compiler::compile() {
  if (frames_.module_end - frames_.module_start > UINT32_MAX || page_.get() == nullptr) return nullptr;
  uint64_t fde_count = 0;
  const auto count_one = [&](const uint8_t*, const DwarfBytes&) { ++fde_count; };
  eh_frame_.for_each_fde(count_one);
  debug_frame_.for_each_fde(count_one);
  if (fde_count == 0) return nullptr;
  // A row costs at least one byte of program, a function adds two.
  capacity_ = size_of(frames_.eh_frame) + size_of(frames_.debug_frame) + 2 * fde_count;
  const Scratch<Fde> fdes(fde_count);
  Scratch<uint32_t> pcs(capacity_);
  Scratch<uint16_t> rule_of(capacity_);
  const uint32_t recent_bits =
      std::clamp<uint32_t>(std::bit_width(fde_count), kMinRecentBits, kMaxRecentBits);
  Scratch<std::atomic<uint64_t>> recent(uint64_t{1} << recent_bits);
  pcs_ = pcs.get();
  rule_of_ = rule_of.get();
  if (fdes.get() == nullptr || pcs_ == nullptr || rule_of_ == nullptr || recent.get() == nullptr ||
      !rules_.allocate()) {
    return nullptr;
  }
  const Fde* const fde = fdes.get();
  const uint64_t found = collect(fdes.get());
  for (uint64_t i = 0; i < found; ++i) {
    if (i > 0 && fde[i].start == fde[i - 1].start) continue;
    uint64_t next = i + 1;
    while (next < found && fde[next].start == fde[i].start) ++next;
    compile_fde(fde[i], next < found ? std::min(fde[i].end, fde[next].start) : fde[i].end);
  }
  const uint32_t rule_count = rules_.count();
  const uint8_t* const expressions = page_.get()->expressions;
  auto* const recent_words = const_cast<std::atomic<uint64_t>*>(recent.keep(uint64_t{1} << recent_bits));
  page_.get()->table = {pcs.keep(count_), rule_of.keep(count_), rules_.finish(), count_,          rule_count,
                        expressions,      expressions_.size(),  recent_words,    32 - recent_bits};
  return &page_.keep(1)->table;
}

}  // namespace

const UnwindTable* compile_unwind_table(const CallFrames& frames) { return Compiler(frames).compile(); }

}  // namespace prof::agent
