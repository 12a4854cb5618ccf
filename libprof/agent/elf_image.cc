#include "libprof/agent/elf_image.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libprof/agent/dwarf_bytes.h"
#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

const ElfW(Phdr) * find_segment(const dl_phdr_info& info, uint32_t type) {
  const auto* const end = info.dlpi_phdr + info.dlpi_phnum;
  const auto* const found =
      std::find_if(info.dlpi_phdr, end, [type](const auto& p) { return p.p_type == type; });
  return found == end ? nullptr : found;
}

// Looks for the GNU build id in one note segment.
void read_build_id(const uint8_t* at, const uint8_t* end, spool::Module& module) {
  while (static_cast<size_t>(end - at) > sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    at += sizeof note;
    const uint64_t name_size = (uint64_t{note.n_namesz} + 3) & ~uint64_t{3};
    const uint64_t size = (uint64_t{note.n_descsz} + 3) & ~uint64_t{3};
    if (name_size + size > static_cast<uint64_t>(end - at)) return;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(at, "GNU", 4) == 0) {
      module.build_id_size = std::min<uint32_t>(note.n_descsz, sizeof module.build_id);
      std::memcpy(module.build_id, at + name_size, module.build_id_size);
      return;
    }
    at += name_size + size;
  }
}

// Where .eh_frame was loaded, as .eh_frame_hdr says; 0 where there is none.
uint64_t address_in_header(const dl_phdr_info& info) {
  const auto* const header = find_segment(info, PT_GNU_EH_FRAME);
  if (header == nullptr) return 0;
  const uint64_t address = info.dlpi_addr + header->p_vaddr;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(address);
  DwarfBytes at(bytes, bytes + header->p_memsz, address);
  const auto version = at.fixed<uint8_t>();
  const auto encoding = at.fixed<uint8_t>();
  at.fixed<uint16_t>();  // encodings of the search table, which we do not use
  const uint64_t start = at.encoded(encoding, false);
  return at.failed() || version != 1 ? 0 : start;
}

// A file's bytes by system calls: libc's functions are cancellation points, and a thread that is cancelled
// here would keep the loader's lock.
class RawFile {
 public:
  explicit RawFile(const char* path)
      : fd_(static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0))) {}
  ~RawFile() {
    if (fd_ >= 0) ::syscall(SYS_close, fd_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  bool read(void* to, size_t size, uint64_t offset) const {
    return ::syscall(SYS_pread64, fd_, to, size, offset) == static_cast<long>(size);
  }

 private:
  int fd_;
};

// Whether `file` has the program headers of what was loaded: it may have been replaced since.
bool is_file_of(const dl_phdr_info& info, const RawFile& file, const ElfW(Ehdr) & header) {
  if (header.e_phnum != info.dlpi_phnum || header.e_phentsize != sizeof(ElfW(Phdr))) return false;
  for (uint32_t i = 0; i < info.dlpi_phnum; ++i) {
    ElfW(Phdr) segment;
    if (!file.read(&segment, sizeof segment, header.e_phoff + i * sizeof segment) ||
        std::memcmp(&segment, &info.dlpi_phdr[i], sizeof segment) != 0)
      return false;
  }
  return true;
}

// The same as the file's section headers say: of objects linked with --no-eh-frame-hdr.
uint64_t address_in_file(const dl_phdr_info& info, const char* path) {
  const RawFile file(path);
  ElfW(Ehdr) header;
  ElfW(Shdr) names;
  if (!file.read(&header, sizeof header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_shentsize != sizeof names || !is_file_of(info, file, header) ||
      !file.read(&names, sizeof names, header.e_shoff + header.e_shstrndx * sizeof names))
    return 0;
  for (uint32_t i = 0; i < header.e_shnum; ++i) {
    ElfW(Shdr) section;
    char name[sizeof ".eh_frame"];
    if (!file.read(&section, sizeof section, header.e_shoff + i * sizeof section)) return 0;
    if ((section.sh_flags & SHF_ALLOC) != 0 && section.sh_type != SHT_NOBITS &&
        file.read(name, sizeof name, names.sh_offset + section.sh_name) &&
        std::memcmp(name, ".eh_frame", sizeof name) == 0)
      return info.dlpi_addr + section.sh_addr;
  }
  return 0;
}

}  // namespace

bool describe_image(const dl_phdr_info& info, spool::Module& module) {
  module = {};
  module.start = UINT64_MAX;
  module.bias = info.dlpi_addr;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& segment = info.dlpi_phdr[i];
    const uint64_t start = info.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD) {
      module.start = std::min(module.start, start & ~uint64_t{kPageSize - 1});
      module.end = std::max(module.end, page_up(start + segment.p_memsz));
      if ((segment.p_flags & PF_X) != 0 && module.text_end == 0) {
        module.text_start = start & ~uint64_t{kPageSize - 1};
        module.text_end = page_up(start + segment.p_memsz);
        module.text_offset = segment.p_offset & ~uint64_t{kPageSize - 1};
      }
    } else if (segment.p_type == PT_NOTE && module.build_id_size == 0) {
      const auto* const at = reinterpret_cast<const uint8_t*>(start);
      read_build_id(at, at + segment.p_memsz, module);
    }
  }
  return module.start < module.end;
}

EhFrame find_eh_frame(const dl_phdr_info& info, const spool::Module& module, const char* path) {
  EhFrame section = {nullptr, nullptr, 0, module.start, module.end};
  uint64_t start = address_in_header(info);
  if (start == 0) start = address_in_file(info, path);
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& segment = info.dlpi_phdr[i];
    const uint64_t low = info.dlpi_addr + segment.p_vaddr;
    const uint64_t high = low + segment.p_filesz;
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_R) == 0 || start < low || start >= high) continue;
    section.begin = reinterpret_cast<const uint8_t*>(start);
    section.end = reinterpret_cast<const uint8_t*>(high);
    section.address = start;
  }
  return section;
}

SearchPaths find_search_paths(const dl_phdr_info& info) {
  SearchPaths paths;
  const auto* const dynamic = find_segment(info, PT_DYNAMIC);
  if (dynamic == nullptr) return paths;
  const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(info.dlpi_addr + dynamic->p_vaddr);
  for (uint64_t left = dynamic->p_memsz / sizeof *entry; left > 0 && entry->d_tag != DT_NULL;
       --left, ++entry) {
    paths.has_rpath |= entry->d_tag == DT_RPATH;
    paths.has_runpath |= entry->d_tag == DT_RUNPATH;
  }
  return paths;
}

}  // namespace prof::agent
