#include "libprof/unwind/elf_file.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "libprof/machine/instruction.h"

namespace prof::unwind {
namespace {

constexpr uint64_t kPage = 4096;

// The encoding of code addresses in the entries of a CIE: by its augmentation string and data.
uint8_t address_encoding(const Dwarf_CIE& cie) {
  const uint8_t* data = cie.augmentation_data;
  const uint8_t* const end = data + cie.augmentation_data_size;
  if (cie.augmentation == nullptr || cie.augmentation[0] != 'z') return DW_EH_PE_absptr;
  for (const char* c = cie.augmentation + 1; *c != '\0' && data < end; c++) {
    if (*c == 'R') return *data;
    if (*c == 'L') data++;
    if (*c == 'P') {
      static constexpr uint8_t kSizes[] = {8, 0, 2, 4, 8, 0, 0, 0};
      data += 1 + kSizes[*data & 7];
    }
  }
  return DW_EH_PE_absptr;
}

// The address at `at`, which is itself loaded at `address`.
std::optional<uint64_t> decode(uint8_t encoding, const uint8_t* at, const uint8_t* end, uint64_t address) {
  uint64_t value = 0;
  const size_t size = (encoding & 7) == DW_EH_PE_udata4 ? 4 : 8;
  const bool is_fixed = (encoding & 7) == 0 || (encoding & 7) == 3 || (encoding & 7) == 4;
  if (!is_fixed || static_cast<size_t>(end - at) < size) return std::nullopt;
  std::memcpy(&value, at, size);
  if (size == 4 && (encoding & DW_EH_PE_signed) != 0) {
    value = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
  }
  switch (encoding & 0x70) {
    case DW_EH_PE_absptr:
      return value;
    case DW_EH_PE_pcrel:
      return value + address;
    default:
      return std::nullopt;
  }
}

struct Function {
  ElfFile::Entry entry;
  uint32_t size;
};

std::vector<Function> index_eh_frame(Elf* elf, Elf_Data* data, uint64_t section_address) {
  std::vector<Function> all;
  std::map<Dwarf_Off, uint8_t> encodings;
  const auto* const ident = reinterpret_cast<const unsigned char*>(elf_getident(elf, nullptr));
  const auto* const begin = static_cast<const uint8_t*>(data->d_buf);
  Dwarf_CFI_Entry entry;
  for (Dwarf_Off offset = 0, next = 0; dwarf_next_cfi(ident, data, true, offset, &next, &entry) == 0;
       offset = next) {
    if (dwarf_cfi_cie_p(&entry)) {
      encodings[offset] = address_encoding(entry.cie);
      continue;
    }
    const auto encoding = encodings.find(entry.fde.CIE_pointer);
    if (encoding == encodings.end()) continue;
    const uint64_t at = section_address + static_cast<uint64_t>(entry.fde.start - begin);
    const auto start = decode(encoding->second, entry.fde.start, entry.fde.end, at);
    const uint64_t fde = section_address + offset;
    if (!start || *start > INT32_MAX || fde > INT32_MAX) continue;
    // The length is as wide as the start, and no address.
    const uint8_t form = encoding->second & 0x0f;
    const uint8_t* const length = entry.fde.start + ((form & 7) == DW_EH_PE_udata4 ? 4 : 8);
    const auto size = length < entry.fde.end ? decode(form, length, entry.fde.end, 0) : std::nullopt;
    all.push_back({{static_cast<int32_t>(*start), static_cast<int32_t>(fde)},
                   static_cast<uint32_t>(std::min<uint64_t>(size.value_or(0), UINT32_MAX))});
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.entry.start < b.entry.start; });
  return all;
}

}  // namespace

ElfFile::ElfFile(std::vector<char> owned, const char* bytes, uint64_t size)
    : owned_(std::move(owned)), bytes_(owned_.empty() ? bytes : owned_.data()), size_(size) {}

ElfFile::~ElfFile() {
  if (owned_.empty()) ::munmap(const_cast<char*>(bytes_), size_);
}

std::unique_ptr<ElfFile> ElfFile::open(const std::string& path) {
  std::unique_ptr<ElfFile> file;
  if (path == "[vdso]") {
    const auto* const image = reinterpret_cast<const char*>(::getauxval(AT_SYSINFO_EHDR));
    if (image == nullptr) return nullptr;
    Elf64_Ehdr header;
    std::memcpy(&header, image, sizeof header);
    const uint64_t size = header.e_shoff + uint64_t{header.e_shnum} * header.e_shentsize;
    file.reset(new ElfFile({image, image + size}, nullptr, size));
  } else {
    // What a recording names may be a pipe, which is not waited for.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return nullptr;
    struct stat status = {};
    void* map = MAP_FAILED;
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
      map = ::mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    }
    ::close(fd);
    if (map == MAP_FAILED) return nullptr;
    file.reset(new ElfFile({}, static_cast<const char*>(map), static_cast<uint64_t>(status.st_size)));
  }
  if (!file->index()) return nullptr;
  return file;
}

bool ElfFile::index() {
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_memory(const_cast<char*>(bytes_), size_), elf_end);
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF) return false;
  size_t count = 0;
  if (elf_getphdrnum(elf.get(), &count) != 0) return false;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf.get(), static_cast<int>(i), &segment) == nullptr || segment.p_type != PT_LOAD)
      continue;
    if (segment.p_offset > size_ || segment.p_filesz > size_ - segment.p_offset) continue;
    segments_.push_back({segment.p_vaddr, segment.p_memsz, segment.p_filesz, segment.p_offset,
                         (segment.p_flags & PF_X) != 0});
  }
  GElf_Ehdr file;
  if (gelf_getehdr(elf.get(), &file) != nullptr) entry_return_ = behind_first_call(file.e_entry);
  const void* id = nullptr;
  if (const ssize_t size = dwelf_elf_gnu_build_id(elf.get(), &id); size > 0) {
    build_id_.assign(static_cast<const char*>(id), static_cast<size_t>(size));
  }
  debug_frame_ = DebugFrame(elf.get());
  size_t names = 0;
  if (elf_getshdrstrndx(elf.get(), &names) != 0) return true;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* const name = elf_strptr(elf.get(), names, header.sh_name);
    if (name == nullptr || std::strcmp(name, ".eh_frame") != 0) continue;
    if (Elf_Data* const data = elf_getdata(section, nullptr); data != nullptr && data->d_buf != nullptr) {
      for (const Function& function : index_eh_frame(elf.get(), data, header.sh_addr)) {
        functions_.push_back(function.entry);
        sizes_.push_back(function.size);
      }
    }
  }
  return true;
}

uint64_t ElfFile::behind_first_call(uint64_t address) const {
  constexpr int kMostInstructions = 32;
  for (int i = 0; i < kMostInstructions; i++) {
    machine::Bytes bytes;
    uint64_t words[2];
    static_assert(sizeof words == sizeof bytes);
    if (!read(address, words[0]) || !read(address + 8, words[1])) return 0;
    std::memcpy(bytes, words, sizeof bytes);
    const machine::Instruction instruction = machine::decode(bytes);
    if (instruction.effect == machine::Effect::kUnknown || instruction.effect == machine::Effect::kJump)
      return 0;
    address += instruction.length;
    if (instruction.effect == machine::Effect::kCall) return address;
  }
  return 0;
}

bool ElfFile::has_function(uint64_t address) const {
  const auto next = std::upper_bound(
      functions_.begin(), functions_.end(), address,
      [](uint64_t at, const Entry& entry) { return static_cast<int64_t>(at) < entry.start; });
  if (next == functions_.begin()) return false;
  const auto index = static_cast<size_t>(next - functions_.begin()) - 1;
  return address - static_cast<uint64_t>(int64_t{functions_[index].start}) < sizes_[index];
}

bool ElfFile::read(uint64_t address, uint64_t& word) const {
  for (const Segment& segment : segments_) {
    if (address < segment.address || address - segment.address >= segment.memory_size) continue;
    const uint64_t at = address - segment.address;
    word = 0;
    if (at < segment.file_size) {
      std::memcpy(&word, bytes_ + segment.offset + at,
                  std::min<uint64_t>(sizeof word, segment.file_size - at));
    }
    return true;
  }
  return false;
}

std::optional<spool::Module> ElfFile::module_at(uint64_t start, uint64_t offset) const {
  for (const Segment& segment : segments_) {
    const uint64_t first = segment.offset & ~(kPage - 1);
    if (!segment.is_executable || offset < first || offset >= segment.offset + segment.file_size) continue;
    spool::Module module = {};
    module.bias = start - offset + segment.offset - segment.address;
    module.start = UINT64_MAX;
    for (const Segment& other : segments_) {
      module.start = std::min(module.start, module.bias + (other.address & ~(kPage - 1)));
      module.end = std::max(module.end, module.bias + other.address + other.memory_size);
    }
    module.text_start = module.bias + (segment.address & ~(kPage - 1));
    module.text_end = module.bias + segment.address + segment.memory_size;
    module.text_offset = first;
    module.build_id_size = static_cast<uint32_t>(std::min(build_id_.size(), sizeof module.build_id));
    std::memcpy(module.build_id, build_id_.data(), module.build_id_size);
    return module;
  }
  return std::nullopt;
}

}  // namespace prof::unwind
