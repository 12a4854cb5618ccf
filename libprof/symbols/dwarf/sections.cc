#include "libprof/symbols/dwarf/sections.h"

#include <endian.h>
#include <gelf.h>
#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace prof::symbols::dwarf {
namespace {

#ifndef ELFCOMPRESS_ZSTD
constexpr uint32_t kZstd = 2;
#else
constexpr uint32_t kZstd = ELFCOMPRESS_ZSTD;
#endif
// No compressor of ours does better than this: a header that promises more lies.
constexpr uint64_t kMaxRatio = 2000;

constexpr std::pair<std::string_view, std::string_view Sections::*> kNames[] = {
    {"info", &Sections::info},         {"abbrev", &Sections::abbrev},
    {"line", &Sections::line},         {"str", &Sections::str},
    {"line_str", &Sections::line_str}, {"ranges", &Sections::ranges},
    {"rnglists", &Sections::rnglists}, {"addr", &Sections::addr},
    {"cu_index", &Sections::cu_index}, {"str_offsets", &Sections::str_offsets},
    {"aranges", &Sections::aranges},
};

bool inflate(std::string_view from, uint32_t type, std::string& to) {
  if (type == kZstd) return ZSTD_decompress(to.data(), to.size(), from.data(), from.size()) == to.size();
  if (type != ELFCOMPRESS_ZLIB) return false;
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> machine(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  return machine != nullptr && libdeflate_zlib_decompress(machine.get(), from.data(), from.size(), to.data(),
                                                          to.size(), nullptr) == LIBDEFLATE_SUCCESS;
}

// Of the .zdebug_ form: a magic and the size, big-endian, before zlib's bytes. 0 where that is not so.
constexpr std::string_view kGnuMagic = "ZLIB";
constexpr size_t kGnuHeader = 12;

uint64_t gnu_size(std::string_view bytes) {
  if (bytes.size() < kGnuHeader || !bytes.starts_with(kGnuMagic)) return 0;
  uint64_t size = 0;
  std::memcpy(&size, bytes.data() + kGnuMagic.size(), sizeof size);
  return be64toh(size);
}

}  // namespace

std::string_view LoadedSections::inflated(std::string_view bytes, uint32_t type, uint64_t size) {
  if (size > bytes.size() * kMaxRatio) return {};
  std::string& text = inflated_.emplace_back(size, '\0');
  return inflate(bytes, type, text) ? text : std::string_view();
}

std::string_view LoadedSections::load(Elf_Scn* section, bool is_gnu) {
  GElf_Shdr header;
  const Elf_Data* data = elf_rawdata(section, nullptr);
  if (gelf_getshdr(section, &header) == nullptr || data == nullptr || data->d_buf == nullptr) return {};
  if (header.sh_type == SHT_NOBITS) return {};
  const std::string_view bytes(static_cast<const char*>(data->d_buf), data->d_size);
  if (is_gnu) {
    const size_t start = std::min(kGnuHeader, bytes.size());
    return inflated(bytes.substr(start), ELFCOMPRESS_ZLIB, gnu_size(bytes));
  }
  if ((header.sh_flags & SHF_COMPRESSED) == 0) return bytes;
  GElf_Chdr compressed;
  if (gelf_getchdr(section, &compressed) == nullptr || bytes.size() < sizeof(Elf64_Chdr)) return {};
  return inflated(bytes.substr(sizeof(Elf64_Chdr)), compressed.ch_type, compressed.ch_size);
}

LoadedSections::LoadedSections(Elf* elf, bool split) {
  size_t names = 0;
  if (elf == nullptr || gelf_getclass(elf) != ELFCLASS64 || elf_getshdrstrndx(elf, &names) != 0) return;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    const char* text =
        gelf_getshdr(section, &header) != nullptr ? elf_strptr(elf, names, header.sh_name) : nullptr;
    std::string_view name = text != nullptr ? text : "";
    const bool is_gnu = name.starts_with(".zdebug_");
    if (!is_gnu && !name.starts_with(".debug_")) continue;
    name.remove_prefix(name.find('_') + 1);
    // A .dwp has its index under the plain name.
    const bool is_split = name.ends_with(".dwo");
    if (is_split) name.remove_suffix(4);
    if (is_split != split && name != "cu_index") continue;
    for (const auto& [key, member] : kNames) {
      if (name == key && (sections_.*member).empty()) sections_.*member = load(section, is_gnu);
    }
  }
}

}  // namespace prof::symbols::dwarf
