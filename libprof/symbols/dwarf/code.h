// The functions and inlined calls of one unit, as flat arrays: which of them is innermost at an address.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libprof/symbols/dwarf/ranges.h"
#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

// A function, or a call that was inlined into its parent.
struct Scope {
  uint64_t entry = 0;  // offset of its entry
  int32_t parent = -1;
  bool is_inlined = false;
  uint32_t call_file = 0, call_line = 0, call_column = 0;
};

class UnitCode {
 public:
  // Reads all entries of `unit` once. Memory: a multiple of its bytes.
  explicit UnitCode(const Unit& unit);

  // The innermost scope at `address`, or nullptr; its callers by parent().
  const Scope* find(uint64_t address) const;
  const Scope* parent(const Scope& scope) const {
    return scope.parent < 0 ? nullptr : &scopes_[static_cast<size_t>(scope.parent)];
  }

 private:
  struct Piece {
    Range range;
    int32_t scope;
  };
  struct Segment {  // up to the next one's start
    uint64_t start;
    int32_t scope;
  };
  void read(const Unit& unit, std::vector<Piece>& pieces);
  void flatten(std::vector<Piece>& pieces);

  std::vector<Scope> scopes_;
  std::vector<Segment> segments_;
};

// What an entry is called, by it and the entries that it is an instance of.
struct Names {
  std::string_view linker_name;  // "" where none is told
  std::string_view name;
  uint64_t line = 0;  // of its declaration
};
Names names_of(const Unit& unit, uint64_t entry);

}  // namespace prof::symbols::dwarf
