// A unit's line table (.debug_line, DWARF 2 to 5), decoded whole: address to file, line and column.
#pragma once

#include <cstdint>
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

  LineTable() = default;
  // Memory: a row takes at least one byte of the section, 24 here. Empty where it makes no sense.
  explicit LineTable(const Unit& unit);

  // The last row at or before `address` in its sequence, or nullptr.
  const Row* find(uint64_t address) const;
  // Whole path of file number `file`, "" where there is none: below the unit's directory unless absolute.
  std::string path(uint64_t file) const;

 private:
  struct Sequence {
    uint64_t low, high;
    size_t first, end;  // rows
  };
  struct FileEntry {
    std::string_view name;
    uint64_t directory;
  };
  struct Header;

  bool read_files_4(Bytes& at);
  bool read_files_5(Bytes& at, const Unit& unit);
  bool read_entries(Bytes& at, const Unit& unit, std::vector<FileEntry>& entries);
  void run(Bytes& at, const Header& header);

  std::vector<Row> rows_;
  std::vector<Sequence> sequences_;  // by `low`
  std::vector<FileEntry> files_;
  std::vector<std::string_view> directories_;
};

}  // namespace prof::symbols::dwarf
