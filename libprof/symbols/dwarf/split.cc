#include "libprof/symbols/dwarf/split.h"

#include <dwarf.h>
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <filesystem>
#include <utility>

namespace prof::symbols::dwarf {
namespace {

namespace fs = std::filesystem;

// Before the first offset of their tables in DWARF 5: a length, whose size tells the 32-bit format from the
// 64-bit one, and what is the same in both.
uint64_t length_size(const Unit& unit) { return unit.shape.offset_size == 8 ? 12 : 4; }
uint64_t str_offsets_header(const Unit& unit) { return length_size(unit) + 4; }
uint64_t ranges_header(const Unit& unit) { return length_size(unit) + 8; }

// Reads the units of `sections` into `split`, and finds the one of `skeleton`.
bool take_unit(const Sections& sections, const Unit& skeleton, SplitUnit& split) {
  read_units(split.file, sections, split.abbrevs, false);
  for (Unit& unit : split.file.units) {
    if (unit.type == DW_UT_type || unit.type == DW_UT_split_type) continue;
    unit.addr = skeleton.addr;
    unit.addr_base = skeleton.addr_base;
    unit.low_pc = skeleton.low_pc;
    if (unit.shape.version >= 5) {
      unit.str_offsets_base = str_offsets_header(unit);
      unit.ranges_base = ranges_header(unit);
    } else {
      unit.sections.ranges = skeleton.sections.ranges;
      unit.ranges_base = skeleton.split_ranges_base;
    }
    const uint64_t low_pc = unit.low_pc;
    read_own_entry(unit);
    unit.low_pc = low_pc;
    if (unit.dwo_id != skeleton.dwo_id) continue;
    split.unit = &unit;
    return true;
  }
  return false;
}

// The columns of a package's index that concern us, by their numbers in DWARF 5 (and before).
std::string_view Sections::*column_of(uint32_t number, bool is_5) {
  switch (number) {
    case 1:
      return &Sections::info;
    case 3:
      return &Sections::abbrev;
    case 6:
      return &Sections::str_offsets;
    case 8:
      return is_5 ? &Sections::rnglists : nullptr;
    default:
      return nullptr;
  }
}

// The row of the unit with that id, by the hash table behind the index's header: probed as DWARF 5, 7.3.5.3,
// says, until a slot is empty. 0 where it has none.
uint64_t row_of(std::string_view index, uint64_t id, uint64_t slots) {
  constexpr uint64_t kHeader = 16;
  if (!std::has_single_bit(slots)) return 0;
  const uint64_t mask = slots - 1, step = ((id >> 32) & mask) | 1;
  uint64_t slot = id & mask;
  for (uint64_t probes = 0; probes < slots; probes++, slot = (slot + step) & mask) {
    const uint64_t row = Bytes(index, kHeader + slots * 8 + slot * 4).u32();
    if (row == 0 || Bytes(index, kHeader + slot * 8).u64() == id) return row;
  }
  return 0;
}

// The parts of a package's sections that are the unit's with that id; false where it has none.
bool slice(const Sections& package, uint64_t id, Sections& part) {
  Bytes header(package.cu_index);
  const uint32_t version = header.u32();
  const bool is_5 = (version & 0xffff) == 5;
  const uint64_t columns = header.u32(), units = header.u32(), slots = header.u32();
  const uint64_t numbers = header.at() + slots * (8 + 4);
  const uint64_t offsets = numbers + columns * 4, sizes = offsets + units * columns * 4;
  if (!header.ok() || columns > 16 || slots > package.cu_index.size() || units > package.cu_index.size())
    return false;
  const uint64_t row = row_of(package.cu_index, id, slots);
  if (row == 0 || row > units) return false;
  part = package;
  for (uint64_t column = 0; column < columns; column++) {
    const auto member = column_of(Bytes(package.cu_index, numbers + column * 4).u32(), is_5);
    if (member == nullptr) continue;
    const uint64_t at = ((row - 1) * columns + column) * 4;
    const uint64_t offset = Bytes(package.cu_index, offsets + at).u32();
    const uint64_t size = Bytes(package.cu_index, sizes + at).u32();
    const std::string_view whole = package.*member;
    if (offset > whole.size() || size > whole.size() - offset) return false;
    part.*member = whole.substr(offset, size);
  }
  return true;
}

std::string package_of(const std::string& binary) {
  const std::string debug = ".debug", package = ".dwp";
  const bool is_debug = binary.ends_with(debug);
  const std::string other =
      is_debug ? binary.substr(0, binary.size() - debug.size()) + package : binary + debug + package;
  std::error_code error;
  return !fs::exists(binary + package, error) && fs::exists(other, error) ? other : binary + package;
}

}  // namespace

OpenElf::OpenElf(const std::string& path) {
  elf_version(EV_CURRENT);
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ >= 0) elf_ = elf_begin(fd_, ELF_C_READ_MMAP, nullptr);
}

OpenElf::~OpenElf() {
  if (elf_ != nullptr) elf_end(elf_);
  if (fd_ >= 0) ::close(fd_);
}

SplitFinder::SplitFinder(std::string binary)
    : binary_(std::move(binary)), package_elf_(package_of(binary_)), package_(package_elf_.get(), true) {}

std::string SplitFinder::place_of(const Unit& skeleton) {
  return (fs::path(skeleton.directory) / fs::path(skeleton.dwo_name)).string();
}

std::unique_ptr<SplitUnit> SplitFinder::in_package(const Unit& skeleton) const {
  auto split = std::make_unique<SplitUnit>();
  Sections part;
  if (package_.get().cu_index.empty() || !slice(package_.get(), skeleton.dwo_id, part)) return nullptr;
  return take_unit(part, skeleton, *split) ? std::move(split) : nullptr;
}

std::unique_ptr<SplitUnit> SplitFinder::find(const Unit& skeleton) const {
  if (auto split = in_package(skeleton)) return split;
  const fs::path place(place_of(skeleton));
  for (const fs::path& path : {place, fs::path(binary_).parent_path() / place.filename()}) {
    auto split = std::make_unique<SplitUnit>();
    split->elf = std::make_unique<OpenElf>(path.string());
    if (split->elf->get() == nullptr) continue;
    split->loaded = LoadedSections(split->elf->get(), true);
    if (take_unit(split->loaded.get(), skeleton, *split)) return split;
  }
  return nullptr;
}

}  // namespace prof::symbols::dwarf
