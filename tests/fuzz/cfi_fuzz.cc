// The compiler of unwind tables on any bytes, as an .eh_frame at address 0x10000 of a module of 1 MiB and as
// the .debug_frame of one, and the machine on every expression that it keeps.
#include <cstdint>
#include <cstdlib>

#include "libprof/agent/cfi.h"
#include "libprof/agent/cfi_expression.h"
#include "libprof/agent/pages.h"

using namespace prof::agent;

namespace {

void evaluate_all(const UnwindTable& table) {
  const ExpressionFrame frame = {[](void*, uint64_t address, uint64_t& value) {
                                   value = address * 0x9e3779b97f4a7c15;
                                   return address % 16 != 0;
                                 },
                                 [](void*, uint64_t number, uint64_t& value) {
                                   value = number;
                                   return number <= kRip;
                                 },
                                 nullptr};
  const auto at = [&](int32_t place, const uint64_t* cfa) {
    uint64_t value = 0;
    evaluate(ExpressionPool::at(table.expressions, place), cfa, frame, value);
  };
  const uint64_t cfa = 0x7ff0;
  for (uint32_t i = 0; i < table.rule_count; ++i) {
    const Rule& rule = table.rules[i];
    if (rule.cfa == Cfa::kExpression) at(rule.cfa_offset, nullptr);
    for (const Saved& saved : {rule.ra, rule.bp, rule.bx, rule.sp}) {
      if (saved.kind == Save::kAtExpression || saved.kind == Save::kIsExpression) at(saved.offset, &cfa);
    }
  }
}

void check(const CallFrames& frames) {
  const UnwindTable* const table = compile_unwind_table(frames);
  if (table == nullptr) return;
  for (uint32_t i = 0; i < table->row_count; ++i) {
    if (i > 0 && table->pcs[i] <= table->pcs[i - 1]) std::abort();
    if (table->rule_of[i] >= table->rule_count) std::abort();
  }
  // Offset 0 is the object's header: a word that was never written looks as if it were asked for.
  for (uint32_t offset = 4093; offset < 1 << 20; offset += 4093) {
    // What was remembered is what is found: asked twice, so that the second answer is the cached one.
    const uint32_t brief = BriefRule::of(table->find(offset));
    if (table->find_brief(offset) != brief || table->find_brief(offset) != brief) std::abort();
  }
  evaluate_all(*table);
  // In the agent a table lives for ever.
  unmap_pages(const_cast<uint32_t*>(table->pcs), page_up(table->row_count * sizeof(uint32_t)));
  unmap_pages(const_cast<uint16_t*>(table->rule_of), page_up(table->row_count * sizeof(uint16_t)));
  unmap_pages(const_cast<Rule*>(table->rules), page_up(table->rule_count * sizeof(Rule)));
  unmap_pages(table->recent, sizeof(uint64_t) << (32 - table->recent_shift));
  unmap_pages(const_cast<UnwindTable*>(table), kPageSize);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  check({0, 1 << 20, 0, {data, data + size, 0x10000}, {}});
  check({0x5000, 0x5000 + (1 << 20), 0x5000, {}, {data, data + size, 0}});
  check({0, 1 << 20, 0, {data, data + size / 2, 0x10000}, {data + size / 2, data + size, 0}});
  return 0;
}
