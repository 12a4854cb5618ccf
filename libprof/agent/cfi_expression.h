// The bounded DWARF expression machine, for the rare rules that are no sum: hand-written assembly
// (libcrypto's CFA = *(rsp + 8 + 8 * r9) + 8, libmvec's masked registers). Two halves that share one table of
// operands: a check of an expression when its table is compiled, and its evaluation when a frame has such a
// row. Freestanding and total: 16 values of stack, 128 steps, every load through the walk's bounded memory.
// DWARF 5, section 2.5; what section 6.4.2 forbids in frames and what needs a relocation (addr) is refused.
#pragma once

#include <cstdint>

#include "libprof/agent/dwarf_bytes.h"

namespace prof::agent {

// The distinct expressions of one table, each a length byte and that many bytes. Writer: its compiler.
class ExpressionPool {
 public:
  ExpressionPool() = default;
  ExpressionPool(uint8_t* bytes, uint32_t capacity) : bytes_(bytes), capacity_(capacity) {}

  // The place of an expression, kept once; -1 where the machine does not know it or the pool is full.
  int32_t place_of(DwarfBytes expression);

  static DwarfBytes at(const uint8_t* pool, int32_t place) {
    const uint8_t* const bytes = pool + place;
    return {bytes + 1, bytes + 1 + bytes[0], 0};
  }

  uint32_t size() const { return used_; }

 private:
  static constexpr uint32_t kMaxExpressions = 128;  // bounds the search of hostile sections

  uint8_t* bytes_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t used_ = 0;
  uint32_t count_ = 0;
};

// Where an expression gets its values from.
struct ExpressionFrame {
  bool (*load)(void* self, uint64_t address, uint64_t& value);
  bool (*reg)(void* self, uint64_t number, uint64_t& value);
  void* self;
};

// Called from: signal handlers, hooks. Never blocks. False where a register is not known, memory not
// readable, or the expression does what it must not. `cfa`: on the stack at the start, null where there is
// none.
bool evaluate(DwarfBytes expression, const uint64_t* cfa, const ExpressionFrame& frame, uint64_t& value);

}  // namespace prof::agent
