// The compiler of unwind tables on any bytes, as an .eh_frame at address 0x10000 of a module of 1 MiB.
#include <cstdint>
#include <cstdlib>

#include "libprof/agent/cfi.h"
#include "libprof/agent/pages.h"

using namespace prof::agent;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const UnwindTable* const table = compile_unwind_table({data, data + size, 0x10000, 0, 1 << 20});
  if (table == nullptr) return 0;
  for (uint32_t i = 0; i < table->row_count; ++i) {
    if (i > 0 && table->pcs[i] <= table->pcs[i - 1]) std::abort();
    if (table->rule_of[i] >= table->rule_count) std::abort();
  }
  for (uint32_t offset = 0; offset < 1 << 20; offset += 4093) {
    // What was remembered is what is found: asked twice, so that the second answer is the cached one.
    const uint32_t brief = BriefRule::of(table->find(offset));
    if (table->find_brief(offset) != brief || table->find_brief(offset) != brief) std::abort();
  }
  // In the agent a table lives for ever.
  unmap_pages(const_cast<uint32_t*>(table->pcs), page_up(table->row_count * sizeof(uint32_t)));
  unmap_pages(const_cast<uint16_t*>(table->rule_of), page_up(table->row_count * sizeof(uint16_t)));
  unmap_pages(const_cast<Rule*>(table->rules), page_up(table->rule_count * sizeof(Rule)));
  unmap_pages(table->recent, sizeof(uint64_t) << (32 - table->recent_shift));
  unmap_pages(const_cast<UnwindTable*>(table), kPageSize);
  return 0;
}
