// A unit's line table (.debug_line, DWARF 2 to 5): file, line and column of some addresses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/symbols/dwarf/unit.h"

namespace prof::symbols::dwarf {

class LineTable {
 public:
  struct Row {
    uint64_t address;
    uint32_t file;
    uint32_t line;
    uint16_t column;
  };

  // Runs the unit's line program once, for `wanted`, which is sorted; no row is kept but theirs.
  LineTable(const Unit& unit, std::span<const uint64_t> wanted);

  // The last row at or before the i-th wanted address in its sequence, or nullptr.
  const Row* find(size_t i) const { return rows_[i].address != 0 ? &rows_[i] : nullptr; }
  // Whole path of file number `file`, "" where there is none: below the unit's directory unless absolute.
  std::string path(uint64_t file) const;

 private:
  struct FileEntry {
    std::string_view name;
    uint64_t directory;
  };
  struct Header;
  class Sequence;

  bool read_files_4(Bytes& at);
  bool read_files_5(Bytes& at, const Unit& unit);
  bool read_entries(Bytes& at, const Unit& unit, std::vector<FileEntry>& entries);
  void run(Bytes at, const Header& header, std::span<const uint64_t> wanted);

  std::vector<Row> rows_;  // by wanted address; of address 0 where there is none
  std::vector<FileEntry> files_;
  std::vector<std::string_view> directories_;
};

}  // namespace prof::symbols::dwarf
