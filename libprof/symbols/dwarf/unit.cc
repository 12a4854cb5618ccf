#include "libprof/symbols/dwarf/unit.h"

#include <dwarf.h>

#include <algorithm>

namespace prof::symbols::dwarf {
namespace {

using Kind = Value::Kind;

std::string_view string_at(std::string_view section, uint64_t offset) {
  return Bytes(section, offset).string();
}

std::string_view indexed_string(const Unit& unit, uint64_t index) {
  const uint64_t size = unit.shape.offset_size;
  if (index > unit.sections.str_offsets.size() / size) return {};
  Bytes at(unit.sections.str_offsets, unit.str_offsets_base + index * size);
  const uint64_t offset = at.number(unit.shape.offset_size);
  return at.ok() ? string_at(unit.sections.str, offset) : std::string_view();
}

Value number(uint64_t n) { return {Kind::kNumber, n, {}}; }
Value string(std::string_view text) { return {Kind::kString, 0, text}; }
Value reference(const Unit& unit, uint64_t offset) { return {Kind::kReference, unit.offset + offset, {}}; }
Value address(uint64_t a) { return {Kind::kAddress, a, {}}; }

// The header at `at`; false where there is no more that makes sense.
bool read_header(Bytes& at, Unit& unit) {
  unit.offset = at.at();
  uint64_t length = at.u32();
  if (length == 0xffffffff) {
    length = at.u64();
    unit.shape.offset_size = 8;
  }
  const uint64_t start = at.at();
  unit.shape.version = at.u16();
  if (!at.ok() || unit.shape.version < 2 || unit.shape.version > 5) return false;
  unit.type = DW_UT_compile;
  if (unit.shape.version == 5) {
    unit.type = at.u8();
    unit.shape.address_size = at.u8();
    unit.abbrev_offset = at.number(unit.shape.offset_size);
    if (unit.type == DW_UT_skeleton || unit.type == DW_UT_split_compile) unit.dwo_id = at.u64();
    if (unit.type == DW_UT_type || unit.type == DW_UT_split_type)
      at.skip(8 + uint64_t{unit.shape.offset_size});
  } else {
    unit.abbrev_offset = at.number(unit.shape.offset_size);
    unit.shape.address_size = at.u8();
  }
  unit.first_entry = at.at();
  if (!at.ok() || length > UINT64_MAX - start || unit.shape.address_size != 8) return false;
  unit.end = start + length;
  at.seek(unit.end);
  return at.ok() && unit.end >= unit.first_entry;
}

}  // namespace

const Unit* File::unit_at(uint64_t offset) const {
  auto unit = std::upper_bound(units.begin(), units.end(), offset,
                               [](uint64_t at, const Unit& u) { return at < u.offset; });
  if (unit == units.begin()) return nullptr;
  --unit;
  return offset < unit->end ? &*unit : nullptr;
}

void read_units(File& file, const Sections& sections, AbbrevCache& cache, bool attributes) {
  file.sections = sections;
  Bytes at(sections.info);
  while (!at.at_end()) {
    Unit unit;
    unit.file = &file;
    unit.sections = sections;
    unit.addr = sections.addr;
    if (!read_header(at, unit)) break;
    unit.abbrevs = cache.get(sections.abbrev, unit.abbrev_offset, unit.shape);
    if (attributes) read_own_entry(unit);
    file.units.push_back(std::move(unit));
  }
}

void read_own_entry(Unit& unit) {
  Bytes at(unit.sections.info.substr(0, unit.end), unit.first_entry);
  const Abbrev* abbrev = unit.abbrevs->find(at.uleb());
  if (abbrev == nullptr) return;
  const auto specs = unit.abbrevs->attributes(*abbrev);
  // The bases first: other attributes are looked up by them.
  for (const bool bases : {true, false}) {
    Bytes value_at = at;
    for (const AttributeSpec& spec : specs) {
      const bool is_base = spec.name == DW_AT_str_offsets_base || spec.name == DW_AT_addr_base ||
                           spec.name == DW_AT_GNU_addr_base || spec.name == DW_AT_rnglists_base ||
                           spec.name == DW_AT_GNU_ranges_base;
      if (is_base != bases) {
        skip_value(value_at, unit, spec.form);
        continue;
      }
      const Value value = read_value(value_at, unit, spec);
      switch (spec.name) {
        case DW_AT_str_offsets_base:
          unit.str_offsets_base = value.number;
          break;
        case DW_AT_addr_base:
        case DW_AT_GNU_addr_base:
          unit.addr_base = value.number;
          break;
        case DW_AT_rnglists_base:
          unit.ranges_base = value.number;
          break;
        case DW_AT_GNU_ranges_base:
          unit.split_ranges_base = value.number;
          break;
        case DW_AT_low_pc:
          unit.low_pc = value.number;
          break;
        case DW_AT_language:
          unit.language = value.number;
          break;
        case DW_AT_stmt_list:
          unit.line_offset = value.number;
          break;
        case DW_AT_name:
          unit.name = value.text;
          break;
        case DW_AT_comp_dir:
          unit.directory = value.text;
          break;
        case DW_AT_dwo_name:
        case DW_AT_GNU_dwo_name:
          unit.dwo_name = value.text;
          break;
        case DW_AT_GNU_dwo_id:
          unit.dwo_id = value.number;
          break;
        default:
          break;
      }
    }
  }
}

uint64_t address_at(const Unit& unit, uint64_t index) {
  if (index > unit.addr.size() / 8) return 0;
  return Bytes(unit.addr, unit.addr_base + index * 8).u64();
}

Value read_value(Bytes& at, const Unit& unit, const AttributeSpec& spec) {
  const Sections& sections = unit.sections;
  const unsigned offset_size = unit.shape.offset_size;
  switch (spec.form) {
    case DW_FORM_addr:
      return address(at.u64());
    case DW_FORM_addrx:
    case DW_FORM_GNU_addr_index:
      return address(address_at(unit, at.uleb()));
    case DW_FORM_addrx1:
      return address(address_at(unit, at.u8()));
    case DW_FORM_addrx2:
      return address(address_at(unit, at.u16()));
    case DW_FORM_addrx3:
      return address(address_at(unit, at.u24()));
    case DW_FORM_addrx4:
      return address(address_at(unit, at.u32()));
    case DW_FORM_data1:
    case DW_FORM_flag:
      return number(at.u8());
    case DW_FORM_data2:
      return number(at.u16());
    case DW_FORM_data4:
      return number(at.u32());
    case DW_FORM_data8:
      return number(at.u64());
    case DW_FORM_udata:
      return number(at.uleb());
    case DW_FORM_sdata:
      return number(static_cast<uint64_t>(at.sleb()));
    case DW_FORM_implicit_const:
      return number(static_cast<uint64_t>(spec.implicit));
    case DW_FORM_flag_present:
      return number(1);
    case DW_FORM_sec_offset:
      return number(at.number(offset_size));
    case DW_FORM_string:
      return string(at.string());
    case DW_FORM_strp:
      return string(string_at(sections.str, at.number(offset_size)));
    case DW_FORM_line_strp:
      return string(string_at(sections.line_str, at.number(offset_size)));
    case DW_FORM_GNU_strp_alt:
    case DW_FORM_strp_sup: {
      const uint64_t offset = at.number(offset_size);
      const File* other = unit.file->alternate;
      return other != nullptr ? string(string_at(other->sections.str, offset)) : Value{};
    }
    case DW_FORM_strx:
    case DW_FORM_GNU_str_index:
      return string(indexed_string(unit, at.uleb()));
    case DW_FORM_strx1:
      return string(indexed_string(unit, at.u8()));
    case DW_FORM_strx2:
      return string(indexed_string(unit, at.u16()));
    case DW_FORM_strx3:
      return string(indexed_string(unit, at.u24()));
    case DW_FORM_strx4:
      return string(indexed_string(unit, at.u32()));
    case DW_FORM_ref1:
      return reference(unit, at.u8());
    case DW_FORM_ref2:
      return reference(unit, at.u16());
    case DW_FORM_ref4:
      return reference(unit, at.u32());
    case DW_FORM_ref8:
      return reference(unit, at.u64());
    case DW_FORM_ref_udata:
      return reference(unit, at.uleb());
    case DW_FORM_ref_addr: {
      const auto size = static_cast<unsigned>(form_size(spec.form, unit.shape));
      return {Kind::kReference, at.number(size), {}};
    }
    case DW_FORM_GNU_ref_alt:
      return {Kind::kAlternateReference, at.number(offset_size), {}};
    case DW_FORM_ref_sup4:
      return {Kind::kAlternateReference, at.u32(), {}};
    case DW_FORM_ref_sup8:
      return {Kind::kAlternateReference, at.u64(), {}};
    case DW_FORM_rnglistx:
      return {Kind::kRangeIndex, at.uleb(), {}};
    default:
      skip_value(at, unit, spec.form);
      return {};
  }
}

void skip_value(Bytes& at, const Unit& unit, uint16_t form) {
  const int size = form_size(form, unit.shape);
  if (size >= 0) return at.skip(static_cast<uint64_t>(size));
  switch (form) {
    case DW_FORM_string:
      at.string();
      break;
    case DW_FORM_block1:
      at.skip(at.u8());
      break;
    case DW_FORM_block2:
      at.skip(at.u16());
      break;
    case DW_FORM_block4:
      at.skip(at.u32());
      break;
    case DW_FORM_block:
    case DW_FORM_exprloc:
      at.skip(at.uleb());
      break;
    case DW_FORM_sdata:
    case DW_FORM_udata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_rnglistx:
    case DW_FORM_loclistx:
    case DW_FORM_GNU_str_index:
    case DW_FORM_GNU_addr_index:
      at.skip_leb();
      break;
    // DW_FORM_indirect and what is not known: the rest of the unit cannot be told apart.
    default:
      at.skip(UINT64_MAX);
  }
}

}  // namespace prof::symbols::dwarf
