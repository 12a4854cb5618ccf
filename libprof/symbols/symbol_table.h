// The functions of an object file, or its data, by its symbol tables: .symtab of the file or of its debug
// file, else .dynsym. Sizes are respected: code past the end of a sized symbol is not that symbol's.
#pragma once

#include <cstdint>
#include <vector>

#include "libprof/symbols/object_file.h"
#include "libprof/symbols/range_index.h"

namespace prof::symbols {

class SymbolTable {
 public:
  enum class Kind { kFunctions, kObjects };
  explicit SymbolTable(const ObjectFile& file, Kind kind = Kind::kFunctions);

  struct Symbol {
    const char* name;  // the linker's; lives as long as the ObjectFile
    uint64_t start, end;
  };
  // What contains `address`, or nullptr.
  const Symbol* find(uint64_t address) {
    const size_t* const found = by_address_.find(address);
    return found != nullptr ? &symbols_[*found] : nullptr;
  }
  // By where they start; of several names for one start, the one that find() gives is last.
  const std::vector<Symbol>& all() const { return symbols_; }

 private:
  std::vector<Symbol> symbols_;
  RangeIndex<size_t> by_address_;
};

}  // namespace prof::symbols
