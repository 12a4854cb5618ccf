#include "libprof/symbols/object_file.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "libprof/base/hex.h"
#include "libprof/symbols/debuginfod.h"

namespace prof::symbols {
namespace {

// Where Debian and everyone else put separate debug information; the leading '+' and "" verify checksums and
// look beside the file.
char* debug_path = const_cast<char*>("+:.debug:/usr/lib/debug");

const Dwfl_Callbacks kCallbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &debug_path,
};

// A file that holds this process's vdso image: the kernel gives every process the same one.
int open_vdso() {
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(::getauxval(AT_SYSINFO_EHDR));
  if (header == nullptr) return -1;
  const int fd = ::memfd_create("vdso", MFD_CLOEXEC);
  const size_t size = header->e_shoff + size_t{header->e_shnum} * header->e_shentsize;
  if (fd >= 0 && ::write(fd, header, size) != static_cast<ssize_t>(size)) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::string build_id_of(Dwfl_Module* module) {
  const unsigned char* bits = nullptr;
  GElf_Addr address = 0;
  const int size = dwfl_module_build_id(module, &bits, &address);
  return size <= 0 ? "" : hex_of({reinterpret_cast<const char*>(bits), static_cast<size_t>(size)});
}

// .zdebug_info is .debug_info, compressed as it was before ELF had a flag for that.
bool is_called(std::string_view name, std::string_view wanted) {
  return name == wanted || (name.starts_with(".zdebug_") && name.substr(2) == wanted.substr(1));
}

Elf_Scn* find_section(Elf* elf, std::string_view wanted) {
  size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return nullptr;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = elf_strptr(elf, names, header.sh_name);
    if (name != nullptr && is_called(name, wanted)) return section;
  }
  return nullptr;
}

bool has_section(Elf* elf, std::string_view wanted) { return find_section(elf, wanted) != nullptr; }

uint64_t stored_size(Elf* elf, std::string_view section) {
  GElf_Shdr header;
  Elf_Scn* found = find_section(elf, section);
  return found != nullptr && gelf_getshdr(found, &header) != nullptr ? header.sh_size : 0;
}

// All of the debug information is in this file.
bool is_whole(Elf* elf) { return has_section(elf, ".debug_info") && !has_section(elf, ".gnu_debugaltlink"); }

// Where the first segment was linked to be; files of one program agree, unless one was prelinked since.
std::optional<uint64_t> first_address(Elf* elf) {
  size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return std::nullopt;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_LOAD) {
      return segment.p_vaddr;
    }
  }
  return std::nullopt;
}

// .gnu_debuglink: a name, padded to four bytes, and the checksum of the file.
struct DebugLink {
  const char* name = nullptr;
  GElf_Word crc = 0;
};

DebugLink debug_link(Elf* elf) {
  Elf_Scn* section = find_section(elf, ".gnu_debuglink");
  const Elf_Data* data = section != nullptr ? elf_rawdata(section, nullptr) : nullptr;
  if (data == nullptr || data->d_buf == nullptr) return {};
  const auto* text = static_cast<const char*>(data->d_buf);
  const size_t length = ::strnlen(text, data->d_size);
  const size_t at = (length + 4) / 4 * 4;
  if (length == 0 || at + sizeof(GElf_Word) > data->d_size) return {};
  DebugLink link = {text, 0};
  std::memcpy(&link.crc, text + at, sizeof link.crc);
  return link;
}

// The descriptor of the separate debug file that elfutils' rules find for a module, verified by build id or
// checksum; -1 where there is none.
int find_separate(Dwfl_Module* module, Elf* own) {
  void** user_data = nullptr;
  const char *main_file = nullptr, *known = nullptr;
  Dwarf_Addr base = 0;
  const char* name =
      dwfl_module_info(module, &user_data, &base, nullptr, nullptr, nullptr, &main_file, &known);
  // Found already, when symbols were read: a second search would leak the first one's Elf.
  if (known != nullptr && known[0] != '\0') {
    if (const int fd = ::open(known, O_RDONLY | O_CLOEXEC); fd >= 0) return fd;
  }
  const DebugLink link = debug_link(own);
  char* path = nullptr;
  const int fd =
      dwfl_standard_find_debuginfo(module, user_data, name, base, main_file, link.name, link.crc, &path);
  std::free(path);
  return fd;
}

}  // namespace

SeparateFile::SeparateFile(int fd) : fd_(fd) {
  if (fd_ >= 0) elf_ = elf_begin(fd_, ELF_C_READ_MMAP, nullptr);
}

SeparateFile::~SeparateFile() {
  elf_end(elf_);
  if (fd_ >= 0) ::close(fd_);
}

bool is_object_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  char magic[SELFMAG] = {};
  const bool is_elf =
      fd >= 0 && ::read(fd, magic, sizeof magic) == SELFMAG && std::memcmp(magic, ELFMAG, SELFMAG) == 0;
  if (fd >= 0) ::close(fd);
  return is_elf;
}

Result<ObjectFile> ObjectFile::open(const std::string& path, const std::string& build_id) {
  const bool vdso = path == "[vdso]";
  const int fd = vdso ? open_vdso() : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail("cannot read symbols of " + path + ": " + std::strerror(errno));
  ObjectFile file;
  file.dwfl_.reset(dwfl_begin(&kCallbacks));
  if (file.dwfl_ != nullptr) {
    if (debuginfod_is_on()) heed_signals(dwfl_get_debuginfod_client(file.dwfl_.get()));
    dwfl_report_begin(file.dwfl_.get());
    file.module_ = dwfl_report_elf(file.dwfl_.get(), path.c_str(), path.c_str(), fd, 0, true);
    dwfl_report_end(file.dwfl_.get(), nullptr, nullptr);
  }
  GElf_Addr bias = 0;
  if (file.module_ == nullptr || dwfl_module_getelf(file.module_, &bias) == nullptr) {
    if (file.module_ == nullptr) ::close(fd);  // else the Dwfl owns it
    const char* reason = dwfl_errmsg(-1);
    return fail("cannot read symbols of " + path + ": " + (reason != nullptr ? reason : "not an ELF file"));
  }
  const std::string& found = file.build_id_ = build_id_of(file.module_);
  if (!build_id.empty() && found != build_id) {
    return fail("symbols of " + path + " not used: the file changed since it ran (build id " +
                    (found.empty() ? "none" : found) + ", recorded " + build_id + ")",
                "put the old file back, or name its directory in PPROF_BINARY_PATH");
  }
  return file;
}

uint64_t ObjectFile::file_address(uint64_t address, const Placement& mapping) const {
  GElf_Addr bias = 0;
  return symbols::file_address(dwfl_module_getelf(module_, &bias), address, mapping);
}

std::vector<Placement> ObjectFile::code_placements() const {
  GElf_Addr bias = 0;
  return symbols::code_placements(dwfl_module_getelf(module_, &bias));
}

// libdw would decompress all sections of the file itself, on one core, before anyone asks: it is given only
// what needs it to find the parts that dwz moved.
ObjectFile::DebugElf ObjectFile::debug_elf() const {
  GElf_Addr bias = 0;
  Elf* own = dwfl_module_getelf(module_, &bias);
  if (is_whole(own)) return {own, nullptr, bias};
  if (!has_section(own, ".debug_info")) {
    // Looking for the file marks it as found in the module, which then would read symbols from it without
    // minding where its segments begin: they are read before.
    (void)dwfl_module_getsymtab(module_);
    if (separate_ == nullptr) separate_ = std::make_unique<SeparateFile>(find_separate(module_, own));
    Elf* elf = separate_->elf();
    if (elf != nullptr && is_whole(elf) && first_address(elf) == first_address(own))
      return {elf, nullptr, bias};
  }
  Dwarf* dwarf = dwfl_module_getdwarf(module_, &bias);
  if (dwarf == nullptr) return {};
  Dwarf* alternate = dwarf_getalt(dwarf);
  return {dwarf_getelf(dwarf), alternate != nullptr ? dwarf_getelf(alternate) : nullptr, bias};
}

std::string ObjectFile::fingerprint(const DebugElf& debug) {
  if (debug.elf == nullptr || gelf_getclass(debug.elf) != ELFCLASS64) return "";
  size_t file_size = 0;
  (void)elf_rawfile(debug.elf, &file_size);
  const uint64_t info = stored_size(debug.elf, ".debug_info");
  return info != 0 ? fmt::format("{} {} {}", file_size, info, stored_size(debug.elf, ".debug_line")) : "";
}

bool ObjectFile::function_start(uint64_t address, uint64_t& start) const {
  Dwarf_Addr bias = 0;
  Dwarf_CFI* cfi = dwfl_module_eh_cfi(module_, &bias);
  Dwarf_Frame* frame = nullptr;
  if (cfi == nullptr || dwarf_cfi_addrframe(cfi, address - bias, &frame) != 0) return false;
  Dwarf_Addr low = 0, high = 0;
  const int columns = dwarf_frame_info(frame, &low, &high, nullptr);
  std::free(frame);
  start = low + bias;
  return columns >= 0;
}

}  // namespace prof::symbols
