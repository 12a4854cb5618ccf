// Names of the stubs through which a file calls functions of other files, as "malloc@plt": no symbol table
// has them.
#pragma once

#include <cstdint>
#include <string>

#include "libprof/symbols/object_file.h"
#include "libprof/symbols/range_index.h"

namespace prof::symbols {

inline constexpr const char* kPltSuffix = "@plt";

class Plt {
 public:
  // x86-64's, of any linker: each stub jumps through a slot that a relocation fills.
  explicit Plt(const ObjectFile& file);

  // The linker's name of the stub that contains `address`, with kPltSuffix; "" where there is none.
  std::string find(uint64_t address);

 private:
  RangeIndex<const char*> stubs_;  // names live as long as the ObjectFile
};

}  // namespace prof::symbols
