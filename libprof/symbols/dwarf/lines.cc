#include "libprof/symbols/dwarf/lines.h"

#include <dwarf.h>

#include <algorithm>
#include <array>

namespace prof::symbols::dwarf {

struct LineTable::Header {
  uint8_t minimum_advance = 1;
  int8_t line_base = 0;
  uint8_t line_range = 1;
  uint8_t opcode_base = 1;
  std::array<uint8_t, 256> operands = {};
};

LineTable::LineTable(const Unit& unit) {
  if (!unit.line_offset) return;
  Bytes at(unit.sections.line, *unit.line_offset);
  Shape shape = unit.shape;
  uint64_t length = at.u32();
  shape.offset_size = 4;
  if (length == 0xffffffff) {
    length = at.u64();
    shape.offset_size = 8;
  }
  if (!at.ok() || length > unit.sections.line.size() - at.at()) return;
  const std::string_view section = unit.sections.line.substr(0, at.at() + length);
  at = Bytes(section, at.at());
  shape.version = at.u16();
  if (shape.version < 2 || shape.version > 5) return;
  if (shape.version == 5) at.skip(2);  // sizes of addresses and segments
  const uint64_t header_length = at.number(shape.offset_size);
  const uint64_t header_start = at.at();
  Header header;
  header.minimum_advance = at.u8();
  if (shape.version >= 4) at.u8();  // operations per instruction: 1 on this processor
  at.u8();                          // whether rows are statements at first
  header.line_base = static_cast<int8_t>(at.u8());
  header.line_range = at.u8();
  header.opcode_base = at.u8();
  if (!at.ok() || header.line_range == 0) return;
  for (unsigned i = 1; i < header.opcode_base; i++) header.operands[i] = at.u8();

  Unit as_table = unit;  // forms in the table depend on its own shape
  as_table.shape = shape;
  if (!(shape.version == 5 ? read_files_5(at, as_table) : read_files_4(at))) return;
  if (shape.version < 5 && !directories_.empty()) directories_[0] = unit.directory;
  if (directories_.empty()) directories_.push_back(unit.directory);
  if (header_length > section.size() - header_start) return;
  at = Bytes(section, header_start + header_length);
  run(at, header);
  std::sort(sequences_.begin(), sequences_.end(),
            [](const Sequence& a, const Sequence& b) { return a.low < b.low; });
}

bool LineTable::read_files_4(Bytes& at) {
  directories_.emplace_back();  // 0 is the unit's
  for (std::string_view text; at.ok() && !(text = at.string()).empty();) directories_.push_back(text);
  files_.push_back({});  // they count from 1
  for (std::string_view text; at.ok() && !(text = at.string()).empty();) {
    files_.push_back({text, at.uleb()});
    at.skip_leb();  // time
    at.skip_leb();  // size
  }
  return at.ok();
}

bool LineTable::read_files_5(Bytes& at, const Unit& unit) {
  std::vector<FileEntry> directories;
  if (!read_entries(at, unit, directories) || !read_entries(at, unit, files_)) return false;
  for (const FileEntry& directory : directories) directories_.push_back(directory.name);
  return true;
}

bool LineTable::read_entries(Bytes& at, const Unit& unit, std::vector<FileEntry>& entries) {
  std::vector<AttributeSpec> formats(at.u8());
  for (AttributeSpec& format : formats) {
    format = {};
    format.name = static_cast<uint16_t>(at.uleb());
    format.form = static_cast<uint16_t>(at.uleb());
  }
  const uint64_t count = at.uleb();
  if (formats.empty()) return count == 0;
  for (uint64_t i = 0; i < count && at.ok(); i++) {
    FileEntry entry = {};
    const uint64_t before = at.at();
    for (const AttributeSpec& format : formats) {
      const Value value = read_value(at, unit, format);
      if (format.name == DW_LNCT_path) entry.name = value.text;
      if (format.name == DW_LNCT_directory_index) entry.directory = value.number;
    }
    if (at.at() == before) return false;  // forms without bytes: the count is a lie
    entries.push_back(entry);
  }
  return at.ok();
}

void LineTable::run(Bytes& at, const Header& header) {
  Row row = {0, 1, 1, 0};
  size_t first = rows_.size();
  uint64_t line = 1;
  const auto emit = [&] {
    row.line = static_cast<uint32_t>(line);
    rows_.push_back(row);
  };
  const auto end_sequence = [&] {
    const bool is_code =
        rows_.size() > first && rows_[first].address != 0 && rows_[first].address < row.address;
    const bool is_sorted = std::is_sorted(rows_.begin() + static_cast<std::ptrdiff_t>(first), rows_.end(),
                                          [](const Row& a, const Row& b) { return a.address < b.address; });
    if (is_code && is_sorted) {
      sequences_.push_back({rows_[first].address, row.address, first, rows_.size()});
    } else {
      rows_.resize(first);
    }
    first = rows_.size();
    row = {0, 1, 1, 0};
    line = 1;
  };
  const uint64_t const_add_pc =
      uint64_t{(255u - header.opcode_base) / header.line_range} * header.minimum_advance;
  while (at.ok() && !at.at_end()) {
    const uint8_t opcode = at.u8();
    if (opcode >= header.opcode_base) {
      const unsigned step = opcode - header.opcode_base;
      row.address += uint64_t{step / header.line_range} * header.minimum_advance;
      line += static_cast<uint64_t>(int64_t{header.line_base} + step % header.line_range);
      emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const uint64_t size = at.uleb(), start = at.at();
        if (size == 0) break;
        const uint8_t extended = at.u8();
        if (extended == DW_LNE_end_sequence) end_sequence();
        if (extended == DW_LNE_set_address) row.address = size == 9 ? at.u64() : 0;
        if (size > UINT64_MAX - start) return;
        at.seek(start + size);
        break;
      }
      case DW_LNS_copy:
        emit();
        break;
      case DW_LNS_advance_pc:
        row.address += at.uleb() * header.minimum_advance;
        break;
      case DW_LNS_advance_line:
        line += static_cast<uint64_t>(at.sleb());
        break;
      case DW_LNS_set_file:
        row.file = static_cast<uint32_t>(at.uleb());
        break;
      case DW_LNS_set_column:
        row.column = static_cast<uint16_t>(std::min<uint64_t>(at.uleb(), UINT16_MAX));
        break;
      case DW_LNS_const_add_pc:
        row.address += const_add_pc;
        break;
      case DW_LNS_fixed_advance_pc:
        row.address += at.u16();
        break;
      default:
        for (unsigned i = 0; i < header.operands[opcode]; i++) at.skip_leb();
    }
  }
  rows_.resize(first);
}

const LineTable::Row* LineTable::find(uint64_t address) const {
  auto sequence = std::upper_bound(sequences_.begin(), sequences_.end(), address,
                                   [](uint64_t a, const Sequence& s) { return a < s.low; });
  if (sequence == sequences_.begin() || address >= (--sequence)->high) return nullptr;
  const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(sequence->first);
  const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(sequence->end);
  const auto row =
      std::upper_bound(begin, end, address, [](uint64_t a, const Row& r) { return a < r.address; });
  return &*std::prev(row);  // the first row is at sequence->low
}

std::string LineTable::path(uint64_t file) const {
  if (file >= files_.size() || files_[file].name.empty()) return "";
  const FileEntry& entry = files_[file];
  std::string path;
  const auto below = [&](std::string_view part) {
    if (path.starts_with('/') || part.empty()) return;
    path = path.empty() ? std::string(part) : std::string(part) + (part.ends_with('/') ? "" : "/") + path;
  };
  below(entry.name);
  if (entry.directory < directories_.size()) below(directories_[entry.directory]);
  below(directories_[0]);
  return path;
}

}  // namespace prof::symbols::dwarf
