// Functions, inlined calls and lines by DWARF: our own reader (dwarf/), since libdw's handles cannot be
// shared between threads and its entries are found one by one.
//
// Compilation units are indexed by their own ranges, because .debug_aranges is often missing (clang) or
// partial; only those of DWARF 2, which have but one range, by both. A unit that an address falls in is
// searched once for all of its addresses, by one thread, and dropped again: memory is that of the index and
// of the answers.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "libprof/symbols/dwarf/split.h"
#include "libprof/symbols/dwarf/unit.h"
#include "libprof/symbols/frame.h"
#include "libprof/symbols/object_file.h"
#include "libprof/symbols/range_index.h"
#include "libprof/symbols/symbolizer.h"

namespace prof::symbols {

class DebugInfo {
 public:
  // `elf` must outlive this; `path` is that of the program, beside which split parts are looked for.
  DebugInfo(const ObjectFile::DebugElf& elf, const std::string& path);

  bool empty() const { return units_.empty(); }
  bool is_split() const { return split_ != nullptr; }
  // The first, by name, of the .dwo files that resolve() missed, and how many it missed; "" where none.
  std::string missing_file() const { return missing_.empty() ? "" : *missing_.begin(); }
  size_t missing_files() const { return missing_.size(); }

  struct Query {
    uint64_t address = 0;
    const char* symbol =
        nullptr;           // the linker's name of its function, for units that do not tell; or nullptr
    Code* code = nullptr;  // where the answer goes; untouched where nothing is known
  };
  // Names come as the linker has them, in Frame::system_name. Where it has none that is the name in source,
  // and Frame::name is it with what is around it ("main()::{lambda()#1}::operator()"). On all cores.
  void resolve(std::vector<Query> queries, const Progress& progress = nullptr);

 private:
  void resolve_unit(const dwarf::Unit& unit, std::span<const Query> queries);

  uint64_t bias_ = 0;
  dwarf::AbbrevCache abbrevs_, alternate_abbrevs_;
  dwarf::LoadedSections sections_, alternate_sections_;
  dwarf::File file_, alternate_;
  std::unique_ptr<dwarf::SplitFinder> split_;
  std::mutex missing_mutex_;  // of the next
  std::set<std::string> missing_;
  RangeIndex<const dwarf::Unit*> units_;
};

}  // namespace prof::symbols
