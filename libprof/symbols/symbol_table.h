// The functions of an object file by its symbol tables: .symtab of the file or of its debug file, else
// .dynsym. Sizes are respected: code past the end of a sized symbol is not that symbol's.
#pragma once

#include <cstdint>

#include "libprof/symbols/object_file.h"
#include "libprof/symbols/range_index.h"

namespace prof::symbols {

class SymbolTable {
 public:
  explicit SymbolTable(const ObjectFile& file);

  struct Symbol {
    const char* name;  // the linker's; lives as long as the ObjectFile
    uint64_t start;
  };
  // The function that contains `address`, or nullptr.
  const Symbol* find(uint64_t address) { return functions_.find(address); }

 private:
  RangeIndex<Symbol> functions_;
};

}  // namespace prof::symbols
