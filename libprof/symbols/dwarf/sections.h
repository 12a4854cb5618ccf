// The sections of one file that hold its DWARF, decompressed.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace prof::symbols::dwarf {

struct Sections {
  std::string_view info, abbrev, line, str, line_str, ranges, rnglists, aranges, addr, str_offsets, cu_index;
};

// Views into the mapped file, and what had to be decompressed (zlib, zstd).
class LoadedSections {
 public:
  LoadedSections() = default;
  // Of an object file, or with `split` the .dwo forms of the names. `elf` must outlive this. Sections that
  // are missing, damaged or compressed in an unknown way are empty.
  LoadedSections(Elf* elf, bool split);
  const Sections& get() const { return sections_; }

 private:
  std::string_view load(Elf_Scn* section, bool is_gnu);
  std::string_view inflated(std::string_view bytes, uint32_t type, uint64_t size);

  Sections sections_;
  std::deque<std::string> inflated_;
};

}  // namespace prof::symbols::dwarf
