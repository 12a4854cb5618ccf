// Units of DWARF 2 to 5 and the values of their entries' attributes.
//
// A Unit is a plain description: whoever has it may read its entries from any thread. Offsets are those in
// .debug_info of its file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "libprof/symbols/dwarf/abbrev.h"
#include "libprof/symbols/dwarf/bytes.h"
#include "libprof/symbols/dwarf/sections.h"

namespace prof::symbols::dwarf {

struct File;

struct Unit {
  const File* file = nullptr;
  Sections sections;  // the file's; in a .dwp the part that is this unit's
  Shape shape;
  uint8_t type = 0;  // DW_UT_*; DW_UT_compile before DWARF 5
  uint64_t offset = 0;
  uint64_t end = 0;
  uint64_t first_entry = 0;
  uint64_t abbrev_offset = 0;
  uint64_t dwo_id = 0;
  std::shared_ptr<const AbbrevTable> abbrevs;

  // Of the unit's own entry, where its other entries refer to them.
  uint64_t low_pc = 0;
  uint64_t str_offsets_base = 0, addr_base = 0, ranges_base = 0;
  uint64_t split_ranges_base = 0;  // of the ranges of its split unit, before DWARF 5
  std::string_view addr;           // .debug_addr: a split unit's is in the file of its skeleton

  uint64_t language = 0;  // DW_LANG_*
  std::optional<uint64_t> line_offset;
  std::string_view name, directory, dwo_name;
};

// One file's units, and those of the file that dwz moved common entries to.
struct File {
  Sections sections;
  const File* alternate = nullptr;
  std::vector<Unit> units;  // by offset

  const Unit* unit_at(uint64_t offset) const;
};

// Reads all headers of `sections`.info. With `attributes` also what the units' own entries say. Stops at what
// makes no sense. `file.sections` is set by this; units point to `file`, which must not move.
void read_units(File& file, const Sections& sections, AbbrevCache& cache, bool attributes = true);
// What the unit's own entry says, into `unit`.
void read_own_entry(Unit& unit);

// Scopes, or sequences of lines, that hold the same address: where files are made to have more, on average,
// the rest of a unit is not read. Real ones have some ten.
inline constexpr size_t kDeepest = 1000;

// The number of no file: 0 is the unit's own in DWARF 5.
inline constexpr uint32_t kNoFile = UINT32_MAX;

struct Value {
  enum class Kind : uint8_t {
    kNone,
    kNumber,
    kAddress,
    kString,
    kReference,           // an offset in this file
    kAlternateReference,  // an offset in the alternate file
    kRangeIndex,          // an index into .debug_rnglists' offsets
  };
  Kind kind = Kind::kNone;
  uint64_t number = 0;
  std::string_view text;
};

// Reads one attribute; `at` moves behind it. Strings and addresses are resolved.
Value read_value(Bytes& at, const Unit& unit, const AttributeSpec& spec);
void skip_value(Bytes& at, const Unit& unit, uint16_t form);

// The address at `index` of the unit's part of .debug_addr; 0 where there is none.
uint64_t address_at(const Unit& unit, uint64_t index);

}  // namespace prof::symbols::dwarf
