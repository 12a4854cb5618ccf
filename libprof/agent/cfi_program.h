// The interpreter of call frame instructions: one program (of a CIE or an FDE) to a sequence of rules.
// Freestanding and total.
#pragma once

#include "libprof/agent/cfi.h"
#include "libprof/agent/cfi_expression.h"
#include "libprof/agent/dwarf_bytes.h"

namespace prof::agent {

struct Cie {
  const uint8_t* at = nullptr;  // where it was parsed, as a cache key
  bool valid = false;
  bool has_augmentation_data = false;
  uint8_t pointer_encoding = 0;
  uint64_t code_alignment = 1;
  int64_t data_alignment = 1;
  uint64_t bias = 0;  // added to addresses in its programs
  Rule initial = {};  // after its instructions
};

inline Rule entry_rule() {
  Rule rule = {};
  rule.cfa = Cfa::kStop;
  return rule;
}

// Takes each row's pc and rule as the program goes on. A function pointer, since a virtual one that is pure
// needs the C++ runtime.
struct RowSink {
  void (*row)(RowSink* sink, uint64_t pc, const Rule& rule);
};

// Runs `program` from `pc` on `rule`; rows go to `sink`, where one is given, expressions to the pool. False
// where an instruction is not understood or malformed: the last row is then a stop.
bool run_cfi(DwarfBytes program, const Cie& cie, uint64_t pc, Rule& rule, ExpressionPool& expressions,
             RowSink* sink);

}  // namespace prof::agent
