#include "libprof/symbols/placement.h"

#include <gelf.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace prof::symbols {
namespace {

constexpr uint64_t kPage = 4096;

uint64_t page_down(uint64_t address) { return address & ~(kPage - 1); }
uint64_t page_up(uint64_t address) { return page_down(address + kPage - 1); }

std::vector<GElf_Phdr> loaded_segments(Elf* elf) {
  std::vector<GElf_Phdr> segments;
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return segments;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_LOAD) {
      segments.push_back(segment);
    }
  }
  return segments;
}

bool is_code(const GElf_Phdr& segment) { return (segment.p_flags & PF_X) != 0; }

// What is left of a program where only debug information was kept. Its segments do not tell: the one with the
// headers has some bytes still.
bool is_debug_file(Elf* elf) {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || (header.sh_flags & SHF_EXECINSTR) == 0) continue;
    return header.sh_type == SHT_NOBITS;
  }
  return false;
}

// By where the segments' bytes are in the file; those with code first.
std::optional<uint64_t> address_by_offset(const std::vector<GElf_Phdr>& segments, uint64_t at) {
  std::optional<uint64_t> found;
  for (const GElf_Phdr& segment : segments) {
    const bool has_it = at >= segment.p_offset && at - segment.p_offset < segment.p_filesz;
    if (has_it && (!found || is_code(segment))) found = at - segment.p_offset + segment.p_vaddr;
  }
  return found;
}

// The segment of code that is as long as the mapping, where there is one such.
const GElf_Phdr* find_by_length(const std::vector<GElf_Phdr>& segments, const Placement& mapping) {
  const GElf_Phdr* found = nullptr;
  for (const GElf_Phdr& segment : segments) {
    const uint64_t length = page_up(segment.p_vaddr + segment.p_memsz) - page_down(segment.p_vaddr);
    if (!is_code(segment) || length != page_up(mapping.limit - mapping.start)) continue;
    if (found != nullptr) return nullptr;
    found = &segment;
  }
  return found;
}

// How much of the segment was in the program's file. In a debug file no section has bytes: .bss goes by its
// name.
uint64_t length_in_program(Elf* elf, const GElf_Phdr& segment) {
  uint64_t length = segment.p_memsz;
  size_t names = 0;
  if ((segment.p_flags & PF_W) == 0 || elf_getshdrstrndx(elf, &names) != 0) return length;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || (header.sh_flags & SHF_TLS) != 0) continue;
    const char* const name = elf_strptr(elf, names, header.sh_name);
    if (name == nullptr || std::string_view(name) != ".bss" || header.sh_addr < segment.p_vaddr) continue;
    length = std::min(length, header.sh_addr - segment.p_vaddr);
  }
  return length;
}

// Puts the segments of a debug file where they were in the program: linkers write one behind the other, each
// at the next place that agrees with its address.
void restore_offsets(Elf* elf, std::vector<GElf_Phdr>& segments) {
  uint64_t end = 0;
  for (GElf_Phdr& segment : segments) {
    const uint64_t align = std::max<uint64_t>(segment.p_align, 1);
    segment.p_offset = end + (segment.p_vaddr - end) % align;
    segment.p_filesz = length_in_program(elf, segment);
    end = segment.p_offset + segment.p_filesz;
  }
}

}  // namespace

uint64_t file_address(Elf* elf, uint64_t address, const Placement& mapping) {
  GElf_Ehdr header;
  if (mapping.start == 0 && (mapping.limit == 0 || mapping.limit == UINT64_MAX)) return address;
  if (gelf_getehdr(elf, &header) == nullptr) return address;
  std::vector<GElf_Phdr> segments = loaded_segments(elf);
  const auto holds = [&](const GElf_Phdr& segment) { return address - segment.p_vaddr < segment.p_memsz; };
  if (header.e_type == ET_EXEC && std::any_of(segments.begin(), segments.end(), holds)) return address;
  if (is_debug_file(elf)) {
    const GElf_Phdr* const segment = find_by_length(segments, mapping);
    if (segment != nullptr) return address - mapping.start + page_down(segment->p_vaddr);
    restore_offsets(elf, segments);
  }
  return address_by_offset(segments, address - mapping.start + mapping.offset).value_or(address);
}

std::vector<Placement> code_placements(Elf* elf) {
  std::vector<Placement> placements;
  if (is_debug_file(elf)) return placements;
  for (const GElf_Phdr& segment : loaded_segments(elf)) {
    if (!is_code(segment)) continue;
    placements.push_back({page_down(segment.p_vaddr), page_up(segment.p_vaddr + segment.p_memsz),
                          page_down(segment.p_offset)});
  }
  return placements;
}

}  // namespace prof::symbols
