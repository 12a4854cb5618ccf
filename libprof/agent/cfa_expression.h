// The forms of DWARF expressions that a Rule says without the machine (cfi_expression.h): a saved pointer to
// the frame (realigned stacks, signal frames), a plain sum, and what linkers give to lazy binding stubs.
// Freestanding and total.
#pragma once

#include "libprof/agent/cfi.h"
#include "libprof/agent/cfi_expression.h"
#include "libprof/agent/dwarf_bytes.h"

namespace prof::agent {

// Rules have 32 bits for a number: false where `value` has more.
inline bool narrow(int64_t value, int32_t& out) {
  out = static_cast<int32_t>(value);
  return out == value;
}

// "register + offset" at the front of an expression, which is taken from it.
bool base_and_offset(DwarfBytes& expression, uint8_t& base, int32_t& offset);

// Any form but those is kept for the machine; one that the pool does not take makes the rule a stop.
void set_cfa_expression(DwarfBytes expression, Rule& rule, ExpressionPool& expressions);

}  // namespace prof::agent
