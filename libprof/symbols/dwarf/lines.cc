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

LineTable::LineTable(const Unit& unit, std::span<const uint64_t> wanted) : rows_(wanted.size()) {
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
  run(at, header, wanted);
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

// Rows of rising addresses, merged with the wanted ones between the first and the last of them.
class LineTable::Sequence {
 public:
  explicit Sequence(std::span<const uint64_t> wanted) : wanted_(wanted) {}

  void add(const Row& row) {
    if (is_empty_) {
      is_empty_ = false;
      is_code_ = row.address != 0;  // else the linker dropped it
      first_ = std::lower_bound(wanted_.begin(), wanted_.end(), row.address) - wanted_.begin();
      next_ = is_code_ && first_ < wanted_.size() ? wanted_[first_] : UINT64_MAX;
    } else {
      if (row.address < last_.address) is_code_ = false;
      if (row.address > next_) pass(row.address);
    }
    last_ = row;
  }

  // Gives its answers to `rows`, by wanted address, and begins anew; returns their number.
  size_t end(uint64_t address, std::vector<Row>& rows) {
    if (!is_empty_) pass(address);
    const size_t count = answers_.size();
    if (is_code_ && address >= last_.address)
      std::copy(answers_.begin(), answers_.end(), rows.begin() + static_cast<std::ptrdiff_t>(first_));
    answers_.clear();
    is_empty_ = true;
    return count;
  }

 private:
  // All wanted addresses before `address` have their row.
  void pass(uint64_t address) {
    while (next_ < address) {
      answers_.push_back(last_);
      const size_t at = first_ + answers_.size();
      next_ = at < wanted_.size() ? wanted_[at] : UINT64_MAX;
    }
  }

  std::span<const uint64_t> wanted_;
  size_t first_ = 0;            // the first wanted address that is not before the sequence
  uint64_t next_ = UINT64_MAX;  // the first one without an answer
  std::vector<Row> answers_;    // from `first_` on
  Row last_ = {};
  bool is_empty_ = true, is_code_ = false;
};

void LineTable::run(Bytes at, const Header& header, std::span<const uint64_t> wanted) {
  Sequence sequence(wanted);
  Row row = {0, 1, 1, 0};
  size_t answers = 0;
  const auto end_sequence = [&] {
    answers += sequence.end(row.address, rows_);
    row = {0, 1, 1, 0};
  };
  // What the special opcodes add.
  std::array<uint32_t, 256> addresses = {}, lines = {};
  for (unsigned opcode = header.opcode_base; opcode < 256; opcode++) {
    const unsigned step = opcode - header.opcode_base;
    addresses[opcode] = step / header.line_range * header.minimum_advance;
    lines[opcode] = static_cast<uint32_t>(header.line_base + static_cast<int>(step % header.line_range));
  }
  while (!at.at_end() && answers <= kDeepest * wanted.size()) {
    const uint8_t opcode = at.u8();
    if (opcode >= header.opcode_base) {
      row.address += addresses[opcode];
      row.line += lines[opcode];
      sequence.add(row);
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
        sequence.add(row);
        break;
      case DW_LNS_advance_pc:
        row.address += at.uleb() * header.minimum_advance;
        break;
      case DW_LNS_advance_line:
        row.line += static_cast<uint32_t>(at.sleb());
        break;
      case DW_LNS_set_file:
        row.file = static_cast<uint32_t>(at.uleb());
        break;
      case DW_LNS_set_column:
        row.column = static_cast<uint16_t>(std::min<uint64_t>(at.uleb(), UINT16_MAX));
        break;
      case DW_LNS_const_add_pc:
        row.address += addresses[255];
        break;
      case DW_LNS_fixed_advance_pc:
        row.address += at.u16();
        break;
      default:
        for (unsigned i = 0; i < header.operands[opcode]; i++) at.skip_leb();
    }
  }
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
