// The code that an entry covers: DW_AT_low_pc and high_pc, .debug_ranges (DWARF 4), .debug_rnglists (5).
#pragma once

#include <cstdint>
#include <vector>

#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

struct Range {
  uint64_t low;
  uint64_t high;  // > low
};

// The attributes of an entry that say where its code is.
struct Extent {
  Value low, high, ranges;
  void take(uint16_t name, const Value& value);
  bool empty() const { return low.kind == Value::Kind::kNone && ranges.kind == Value::Kind::kNone; }
};
bool is_extent(uint16_t attribute);

// Appends them. Code that the linker dropped (at address 0) is left out.
void add_ranges(const Unit& unit, const Extent& extent, std::vector<Range>& ranges);

}  // namespace prof::symbols::dwarf
