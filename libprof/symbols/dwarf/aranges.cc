#include "libprof/symbols/dwarf/aranges.h"

#include "libprof/symbols/dwarf/bytes.h"

namespace prof::symbols::dwarf {
namespace {

// One unit's, from behind their length on; `start` is that of the length, by which the ranges are aligned.
void read_set(Bytes at, uint64_t start, unsigned offset_size,
              std::unordered_map<uint64_t, std::vector<Range>>& by_unit) {
  constexpr uint64_t kPair = 16;
  if (at.u16() != 2) return;
  const uint64_t unit = at.number(offset_size);
  const uint8_t address_size = at.u8(), segment_size = at.u8();
  if (address_size != 8 || segment_size != 0) return;
  at.seek(start + (at.at() - start + kPair - 1) / kPair * kPair);
  while (at.ok() && !at.at_end()) {
    const uint64_t low = at.u64(), size = at.u64();
    // The linker dropped what is at 0.
    if (at.ok() && low != 0 && low + size > low) by_unit[unit].push_back({low, low + size});
  }
}

}  // namespace

std::unordered_map<uint64_t, std::vector<Range>> read_aranges(std::string_view section) {
  constexpr uint32_t kIs64Bit = 0xffffffff;
  std::unordered_map<uint64_t, std::vector<Range>> by_unit;
  for (uint64_t start = 0; start < section.size();) {
    Bytes at(section, start);
    uint64_t length = at.u32();
    const bool is_64_bit = length == kIs64Bit;
    if (is_64_bit) length = at.u64();
    if (!at.ok() || length == 0 || length > section.size() - at.at()) break;
    const uint64_t end = at.at() + length;
    read_set(Bytes(section.substr(0, end), at.at()), start, is_64_bit ? 8 : 4, by_unit);
    start = end;
  }
  return by_unit;
}

}  // namespace prof::symbols::dwarf
