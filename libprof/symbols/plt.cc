#include "libprof/symbols/plt.h"

#include <gelf.h>

#include <cstring>
#include <string_view>
#include <unordered_map>

namespace prof::symbols {
namespace {

// By the address of the slot.
using Slots = std::unordered_map<uint64_t, const char*>;

void add_slots(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, Slots& slots) {
  GElf_Shdr symbols_header;
  Elf_Scn* const symbols_section = elf_getscn(elf, header.sh_link);
  Elf_Data* const relocations = elf_getdata(section, nullptr);
  Elf_Data* const symbols = symbols_section != nullptr ? elf_getdata(symbols_section, nullptr) : nullptr;
  if (relocations == nullptr || symbols == nullptr || header.sh_entsize == 0) return;
  if (gelf_getshdr(symbols_section, &symbols_header) == nullptr) return;
  for (int i = 0; i < static_cast<int>(header.sh_size / header.sh_entsize); i++) {
    GElf_Rela relocation;
    GElf_Sym symbol;
    if (gelf_getrela(relocations, i, &relocation) == nullptr) return;
    const auto type = GELF_R_TYPE(relocation.r_info);
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
    if (gelf_getsym(symbols, static_cast<int>(GELF_R_SYM(relocation.r_info)), &symbol) == nullptr) continue;
    const char* name = elf_strptr(elf, symbols_header.sh_link, symbol.st_name);
    if (name != nullptr && *name != '\0') slots.emplace(relocation.r_offset, name);
  }
}

// Where the stub in `bytes`, which are at `address`, finds its function; 0 where there is no such jump.
uint64_t slot_of(std::string_view bytes, uint64_t address) {
  constexpr std::string_view kJump = "\xff\x25";  // jmp *distance(%rip)
  const size_t jump = bytes.find(kJump);
  int32_t distance = 0;
  const size_t end = jump + kJump.size() + sizeof distance;
  if (jump == std::string_view::npos || end > bytes.size()) return 0;
  std::memcpy(&distance, bytes.data() + jump + kJump.size(), sizeof distance);
  return address + end + static_cast<uint64_t>(int64_t{distance});
}

}  // namespace

Plt::Plt(const ObjectFile& file) {
  GElf_Addr bias = 0;
  Elf* const elf = dwfl_module_getelf(file.module(), &bias);
  GElf_Ehdr elf_header;
  size_t names = 0;
  if (gelf_getehdr(elf, &elf_header) == nullptr || elf_header.e_machine != EM_X86_64) return;
  if (elf_getshdrstrndx(elf, &names) != 0) return;
  Slots slots;
  GElf_Shdr header;
  for (Elf_Scn* s = nullptr; (s = elf_nextscn(elf, s)) != nullptr;) {
    if (gelf_getshdr(s, &header) != nullptr && header.sh_type == SHT_RELA) add_slots(elf, s, header, slots);
  }
  for (Elf_Scn* s = nullptr; (s = elf_nextscn(elf, s)) != nullptr;) {
    if (gelf_getshdr(s, &header) == nullptr || header.sh_type != SHT_PROGBITS) continue;
    const char* const name = elf_strptr(elf, names, header.sh_name);
    const Elf_Data* const data = elf_rawdata(s, nullptr);
    if (name == nullptr || !std::string_view(name).starts_with(".plt")) continue;
    if (data == nullptr || data->d_buf == nullptr) continue;
    const std::string_view code(static_cast<const char*>(data->d_buf), data->d_size);
    const uint64_t size = header.sh_entsize == 8 ? 8 : 16;
    for (uint64_t at = 0; at < code.size(); at += size) {
      const auto slot = slots.find(slot_of(code.substr(at, size), header.sh_addr + at));
      const uint64_t address = header.sh_addr + bias + at;
      if (slot != slots.end()) stubs_.add(address, address + size, slot->second);
    }
  }
  stubs_.build();
}

std::string Plt::find(uint64_t address) {
  const char** const name = stubs_.find(address);
  return name != nullptr ? std::string(*name) + kPltSuffix : "";
}

}  // namespace prof::symbols
