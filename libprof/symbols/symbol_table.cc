#include "libprof/symbols/symbol_table.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "libprof/symbols/code_extent.h"

namespace prof::symbols {
namespace {

struct Candidate {
  uint64_t start = 0;
  uint64_t end = 0;          // of its size; equal to `start` where it has none
  uint64_t section_end = 0;  // 0 where unknown
  int rank = 0;              // of aliases, the higher one names the code
  bool is_local = false;
  Elf_Scn* section = nullptr;
  uint64_t bias = 0;  // of its file
  const char* name = nullptr;
};

// Of several names for one address: functions before labels, sized before unsized, those for today before
// those that programs linked long ago have (cfree@GLIBC_2.2.5), global before weak before local, fewer
// leading underscores first.
int rank(const GElf_Sym& symbol, const char* name) {
  const int type = GELF_ST_TYPE(symbol.st_info), binding = GELF_ST_BIND(symbol.st_info);
  const int strength = binding == STB_GLOBAL ? 2 : binding == STB_WEAK ? 1 : 0;
  const int underscores = static_cast<int>(std::min<size_t>(std::strspn(name, "_"), 3));
  const int has_version = std::strchr(name, '@') != nullptr ? 50 : 0;
  return (type == STT_NOTYPE ? 0 : 1000) + (symbol.st_size > 0 ? 100 : 0) - has_version + strength * 10 -
         underscores;
}

// Assembly may leave out the type of a function, not that of data.
bool is_of(SymbolTable::Kind kind, int type, const GElf_Shdr& section) {
  if (kind == SymbolTable::Kind::kObjects) return type == STT_OBJECT;
  const bool is_code = (section.sh_flags & SHF_EXECINSTR) != 0;
  return is_code && (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

// The bytes of a section from an address in it on, of a file whose bias is `bias`; none in files of debug
// information alone.
std::span<const uint8_t> code_from(Elf_Scn* section, uint64_t bias, uint64_t address) {
  GElf_Shdr header;
  if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) return {};
  const Elf_Data* const data = elf_rawdata(section, nullptr);
  const uint64_t offset = address - bias - header.sh_addr;
  if (data == nullptr || data->d_buf == nullptr || offset >= data->d_size) return {};
  return std::span(static_cast<const uint8_t*>(data->d_buf), data->d_size).subspan(offset);
}

bool read_symbol(Dwfl_Module* module, int index, SymbolTable::Kind kind, Candidate& candidate) {
  GElf_Sym symbol;
  GElf_Addr address = 0;
  GElf_Word section = 0;
  Elf* elf = nullptr;
  Dwarf_Addr bias = 0;
  const char* name = dwfl_module_getsym_info(module, index, &symbol, &address, &section, &elf, &bias);
  if (name == nullptr || *name == '\0' || section == SHN_UNDEF || section == SHN_ABS) return false;
  GElf_Shdr header;
  candidate.section = elf_getscn(elf, section);
  if (gelf_getshdr(candidate.section, &header) == nullptr) return false;
  if (!is_of(kind, GELF_ST_TYPE(symbol.st_info), header)) return false;
  candidate.start = address;
  candidate.end = address + symbol.st_size;
  candidate.section_end = header.sh_addr + bias + header.sh_size;
  candidate.bias = bias;
  candidate.is_local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
  candidate.rank = rank(symbol, name);
  candidate.name = name;
  return true;
}

}  // namespace

SymbolTable::SymbolTable(const ObjectFile& file, Kind kind) {
  const int count = dwfl_module_getsymtab(file.module());
  std::vector<Candidate> candidates;
  for (int i = 1; i < count; i++) {  // 0 is the null symbol
    Candidate candidate;
    if (read_symbol(file.module(), i, kind, candidate)) candidates.push_back(candidate);
  }
  // The highest rank last: RangeIndex lets the last of equal starts win.
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.start != b.start ? a.start < b.start : a.rank < b.rank;
  });
  RangeIndex<size_t> sized;
  for (const Candidate& symbol : candidates) sized.add(symbol.start, symbol.end, 0);
  sized.build();

  // Assembly without .size goes up to the next symbol of its section, where there are symbols of all
  // functions; a label inside a function is no function.
  const bool is_stripped =
      std::none_of(candidates.begin(), candidates.end(), [](const Candidate& c) { return c.is_local; });
  for (size_t i = 0, next = 0; i < candidates.size(); i++) {
    Candidate& symbol = candidates[i];
    if (symbol.end == symbol.start) {
      if (sized.find(symbol.start) != nullptr) continue;
      for (next = std::max(next, i); next < candidates.size() && candidates[next].start == symbol.start;)
        next++;
      symbol.end = next < candidates.size() ? std::min(candidates[next].start, symbol.section_end)
                                            : symbol.section_end;
      if (is_stripped && kind == Kind::kFunctions) {
        auto code = code_from(symbol.section, symbol.bias, symbol.start);
        code = code.first(std::min<uint64_t>(code.size(), symbol.end - symbol.start));
        if (!code.empty()) symbol.end = symbol.start + extent_of(code, symbol.start);
      }
    }
    by_address_.add(symbol.start, symbol.end, symbols_.size());
    symbols_.push_back({symbol.name, symbol.start, symbol.end});
  }
  by_address_.build();
}

}  // namespace prof::symbols
