#include "libprof/unwind/debug_frame.h"

#include <elfutils/libdw.h>
#include <gelf.h>
#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace prof::unwind {
namespace {

constexpr uint64_t kLargest = uint64_t{64} << 20;
constexpr int kReturnAddress = 16;

bool next(const std::string& ident, const std::string& section, Dwarf_Off offset, Dwarf_Off& after,
          Dwarf_CFI_Entry& entry) {
  Elf_Data data = {};
  data.d_buf = const_cast<char*>(section.data());
  data.d_size = section.size();
  data.d_type = ELF_T_BYTE;
  data.d_version = EV_CURRENT;
  return dwarf_next_cfi(reinterpret_cast<const unsigned char*>(ident.data()), &data, false, offset, &after,
                        &entry) == 0;
}

// Empty where they are too large, or compressed otherwise than by zlib.
std::string contents(Elf_Scn* section, const GElf_Shdr& header) {
  const Elf_Data* const data = elf_rawdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr || data->d_size > kLargest) return {};
  const std::string_view bytes(static_cast<const char*>(data->d_buf), data->d_size);
  if ((header.sh_flags & SHF_COMPRESSED) == 0) return std::string(bytes);
  GElf_Chdr form;
  if (gelf_getchdr(section, &form) == nullptr || bytes.size() < sizeof(Elf64_Chdr) ||
      form.ch_type != ELFCOMPRESS_ZLIB || form.ch_size > kLargest)
    return {};
  const std::string_view stream = bytes.substr(sizeof(Elf64_Chdr));
  std::string text(form.ch_size, '\0');
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> machine(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  const bool is_whole = machine != nullptr &&
                        libdeflate_zlib_decompress(machine.get(), stream.data(), stream.size(), text.data(),
                                                   text.size(), nullptr) == LIBDEFLATE_SUCCESS;
  return is_whole ? text : std::string();
}

template <typename T>
void put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_sleb(std::string& to, int64_t value) {
  for (;;) {
    const auto low = static_cast<uint8_t>(value & 0x7f);
    value >>= 7;
    const bool is_last = (value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0);
    to.push_back(static_cast<char>(is_last ? low : low | 0x80));
    if (is_last) return;
  }
}

// The length stands in front; what is missing to whole words are DW_CFA_nop.
void put_entry(std::string& to, std::string body) {
  body.resize((body.size() + 4 + 7) / 8 * 8 - 4);
  put(to, static_cast<uint32_t>(body.size()));
  to += body;
}

}  // namespace

DebugFrame::DebugFrame(Elf* elf) {
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* const name = elf_strptr(elf, names, header.sh_name);
    if (name == nullptr || std::strcmp(name, ".debug_frame") != 0) continue;
    ident_.assign(elf_getident(elf, nullptr), EI_NIDENT);
    section_ = contents(section, header);
    index();
    return;
  }
}

void DebugFrame::index() {
  Dwarf_CFI_Entry entry;
  for (Dwarf_Off offset = 0, after = 0; next(ident_, section_, offset, after, entry); offset = after) {
    if (dwarf_cfi_cie_p(&entry)) continue;
    uint64_t range[2];
    if (entry.fde.end - entry.fde.start < static_cast<ptrdiff_t>(sizeof range)) continue;
    std::memcpy(range, entry.fde.start, sizeof range);
    functions_.push_back({range[0], range[1], entry.fde.CIE_pointer, offset});
  }
  std::sort(functions_.begin(), functions_.end(),
            [](const Function& a, const Function& b) { return a.start < b.start; });
}

const DebugFrame::Function* DebugFrame::find(uint64_t address) const {
  const auto above =
      std::upper_bound(functions_.begin(), functions_.end(), address,
                       [](uint64_t at, const Function& function) { return at < function.start; });
  if (above == functions_.begin()) return nullptr;
  const Function& function = *std::prev(above);
  return address - function.start < function.size ? &function : nullptr;
}

std::optional<uint64_t> DebugFrame::start_of(uint64_t address) const {
  const Function* const function = find(address);
  return function != nullptr ? std::optional(function->start) : std::nullopt;
}

std::optional<size_t> DebugFrame::append_entry(uint64_t address, uint64_t bias, std::string& entries) const {
  const Function* const function = find(address);
  Dwarf_CFI_Entry cie, fde;
  Dwarf_Off after = 0;
  if (function == nullptr || !next(ident_, section_, function->cie, after, cie) || !dwarf_cfi_cie_p(&cie) ||
      !next(ident_, section_, function->fde, after, fde) || dwarf_cfi_cie_p(&fde))
    return std::nullopt;
  const bool has_augmentation = cie.cie.augmentation != nullptr && cie.cie.augmentation[0] != '\0';
  if (has_augmentation || cie.cie.return_address_register != kReturnAddress) return std::nullopt;
  const auto append = [](std::string& to, const uint8_t* begin, const uint8_t* end) {
    to.append(reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin));
  };
  entries.resize((entries.size() + 7) / 8 * 8);
  const size_t begin = entries.size();
  std::string body;
  put<uint32_t>(body, 0);  // a CIE
  put<uint8_t>(body, 1);   // its version
  body.push_back('\0');    // no augmentation
  put_sleb(body, static_cast<int64_t>(cie.cie.code_alignment_factor));
  put_sleb(body, cie.cie.data_alignment_factor);
  put<uint8_t>(body, kReturnAddress);
  append(body, cie.cie.initial_instructions, cie.cie.initial_instructions_end);
  put_entry(entries, body);
  const size_t at = entries.size();
  body.clear();
  put(body, static_cast<uint32_t>(at + 4 - begin));
  put(body, function->start + bias);
  put(body, function->size);
  append(body, fde.fde.start + 2 * sizeof(uint64_t), fde.fde.end);
  put_entry(entries, body);
  return at;
}

}  // namespace prof::unwind
