// The functions and inlined calls of one unit at some of its addresses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libprof/symbols/dwarf/ranges.h"
#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

// A function, or a call that was inlined into its parent.
struct Scope {
  uint64_t entry = 0;  // offset of its entry
  int32_t parent = -1;
  bool is_inlined = false;
  uint32_t call_file = kNoFile, call_line = 0, call_column = 0;
};

class UnitCode {
 public:
  // Looks for `wanted`, which is sorted, in the entries of `unit`; what has none of their code is skipped
  // with all that it holds, where the compiler says how far that goes. Memory: a multiple of the unit's
  // bytes.
  UnitCode(const Unit& unit, std::span<const uint64_t> wanted);

  // The innermost scope at the i-th wanted address, or nullptr; its callers by parent().
  const Scope* find(size_t i) const { return scope(innermost_[i]); }
  const Scope* parent(const Scope& of) const { return scope(of.parent); }

 private:
  enum class Reading : bool { kQuick, kThorough };
  void read(const Unit& unit, std::span<const uint64_t> wanted, Reading reading);
  const Scope* scope(int32_t index) const {
    return index < 0 ? nullptr : &scopes_[static_cast<size_t>(index)];
  }

  std::vector<Scope> scopes_;       // an entry comes after the one it is in
  std::vector<int32_t> innermost_;  // by wanted address: a scope, or -1
};

}  // namespace prof::symbols::dwarf
