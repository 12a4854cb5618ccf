#include "libprof/symbols/dwarf/ranges.h"

#include <dwarf.h>

namespace prof::symbols::dwarf {
namespace {

void add(uint64_t low, uint64_t high, std::vector<Range>& ranges) {
  if (low < high && low != 0) ranges.push_back({low, high});
}

void add_ranges_4(const Unit& unit, uint64_t offset, std::vector<Range>& ranges) {
  Bytes at(unit.sections.ranges, offset);
  uint64_t base = unit.low_pc;
  while (at.ok()) {
    const uint64_t low = at.u64(), high = at.u64();
    if (!at.ok() || (low == 0 && high == 0)) return;
    if (low == UINT64_MAX) {
      base = high;
    } else {
      add(base + low, base + high, ranges);
    }
  }
}

void add_ranges_5(const Unit& unit, uint64_t offset, std::vector<Range>& ranges) {
  Bytes at(unit.sections.rnglists, offset);
  uint64_t base = unit.low_pc;
  while (at.ok()) {
    switch (at.u8()) {
      case DW_RLE_base_addressx:
        base = address_at(unit, at.uleb());
        break;
      case DW_RLE_base_address:
        base = at.u64();
        break;
      case DW_RLE_startx_endx: {
        const uint64_t low = address_at(unit, at.uleb());
        add(low, address_at(unit, at.uleb()), ranges);
        break;
      }
      case DW_RLE_startx_length: {
        const uint64_t low = address_at(unit, at.uleb());
        add(low, low + at.uleb(), ranges);
        break;
      }
      case DW_RLE_offset_pair: {
        const uint64_t low = base + at.uleb();
        add(low, base + at.uleb(), ranges);
        break;
      }
      case DW_RLE_start_end: {
        const uint64_t low = at.u64();
        add(low, at.u64(), ranges);
        break;
      }
      case DW_RLE_start_length: {
        const uint64_t low = at.u64();
        add(low, low + at.uleb(), ranges);
        break;
      }
      default:
        return;  // the end of the list, or nothing we know
    }
  }
}

}  // namespace

bool is_extent(uint16_t attribute) {
  return attribute == DW_AT_low_pc || attribute == DW_AT_high_pc || attribute == DW_AT_ranges;
}

void Extent::take(uint16_t name, const Value& value) {
  if (name == DW_AT_low_pc) low = value;
  if (name == DW_AT_high_pc) high = value;
  if (name == DW_AT_ranges) ranges = value;
}

void add_ranges(const Unit& unit, const Extent& extent, std::vector<Range>& ranges) {
  const Value& list = extent.ranges;
  if (list.kind == Value::Kind::kNone) {
    const bool is_size = extent.high.kind == Value::Kind::kNumber;
    add(extent.low.number, extent.high.number + (is_size ? extent.low.number : 0), ranges);
  } else if (unit.shape.version < 5) {
    add_ranges_4(unit, unit.ranges_base + list.number, ranges);
  } else if (list.kind == Value::Kind::kRangeIndex) {
    const uint64_t size = unit.shape.offset_size;
    if (list.number > unit.sections.rnglists.size() / size) return;
    Bytes at(unit.sections.rnglists, unit.ranges_base + list.number * size);
    const uint64_t offset = at.number(unit.shape.offset_size);
    if (at.ok()) add_ranges_5(unit, unit.ranges_base + offset, ranges);
  } else {
    add_ranges_5(unit, list.number, ranges);
  }
}

}  // namespace prof::symbols::dwarf
