// Functions, inlined calls and lines by DWARF. Compilation units are indexed by their own ranges, because
// .debug_aranges is often missing (clang) or partial; the functions of a unit are indexed when the first
// address falls in it, the inlined calls of a function likewise. Not shared between threads.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "libprof/symbols/frame.h"
#include "libprof/symbols/range_index.h"

namespace prof::symbols {

class DebugInfo {
 public:
  // `bias`: what to subtract from an address given to find(). `dwarf` must outlive this; nullptr: no units.
  DebugInfo(Dwarf* dwarf, uint64_t bias);

  // Whether the function at `address` is known; its frames go to the end of `frames`.
  // `symbol`: the linker's name of that function, for units that do not tell, or nullptr.
  bool find(uint64_t address, const char* symbol, std::vector<Frame>& frames);

 private:
  struct Inline {
    uint64_t low;
    uint64_t high;
    Dwarf_Die die;
  };
  struct Function {
    Dwarf_Die die;
    bool indexed = false;
    std::vector<Inline> inlines;  // callers before callees
  };
  struct Unit {
    Dwarf_Die die;   // owns the lines
    Dwarf_Die code;  // owns the functions: the split unit's, else `die`
    bool indexed = false;
    std::deque<Function> functions;  // RangeIndex points into it
    RangeIndex<Function*> ranges;
  };
  struct Name {
    std::string name;
    std::string system_name;
  };

  static void index(Unit& unit);
  static void index(Function& function);
  static void index_functions(Unit& unit, Dwarf_Die parent, int depth);
  static void index_inlines(Function& function, Dwarf_Die parent, int depth);
  const Name& name_of(Dwarf_Die& die, const char* symbol);
  const Name& name_of(const char* linker_name);

  std::deque<Unit> units_;
  RangeIndex<Unit*> ranges_;
  std::unordered_map<const char*, Name> names_;  // by the address of the string in the file
  uint64_t bias_;
};

}  // namespace prof::symbols
