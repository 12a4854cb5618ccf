#include "libprof/agent/elf_file.h"

#include <algorithm>
#include <cstring>

#include "libprof/agent/inflate.h"
#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

constexpr uint32_t kMaxSections = 4096;
constexpr uint32_t kMaxSegments = 64;
constexpr uint64_t kMaxNames = 1 << 20;

}  // namespace

bool ElfFile::Pages::map(uint64_t wanted) {
  unmap();
  begin = static_cast<uint8_t*>(map_pages(page_up(wanted)));
  size = begin == nullptr ? 0 : wanted;
  return begin != nullptr;
}

void ElfFile::Pages::unmap() {
  unmap_pages(begin, page_up(size));
  begin = nullptr;
}

// By system calls: libc's functions are cancellation points, and a thread that is cancelled here would keep
// the loader's lock.
ElfFile::ElfFile(const char* path, const dl_phdr_info& info) : file_(path, O_RDONLY) {
  if (file_.is_open() && !read_headers(info)) section_count_ = 0;
}

ElfFile::~ElfFile() {
  headers_.unmap();
  names_.unmap();
  debug_frame_.unmap();
}

bool ElfFile::read_headers(const dl_phdr_info& info) {
  ElfW(Ehdr) header;
  ElfW(Phdr) segments[kMaxSegments];
  if (!file_.read(&header, sizeof header, 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_phentsize != sizeof segments[0] || header.e_phnum != info.dlpi_phnum ||
      header.e_phnum > kMaxSegments || header.e_shentsize != sizeof(ElfW(Shdr)) || header.e_shnum == 0 ||
      header.e_shnum > kMaxSections || header.e_shstrndx >= header.e_shnum)
    return false;
  const uint64_t segments_size = header.e_phnum * sizeof segments[0];
  const uint64_t headers_size = header.e_shnum * sizeof(ElfW(Shdr));
  if (!file_.read(segments, segments_size, header.e_phoff) ||
      std::memcmp(segments, info.dlpi_phdr, segments_size) != 0 || !headers_.map(headers_size) ||
      !file_.read(headers_.begin, headers_size, header.e_shoff))
    return false;
  section_count_ = header.e_shnum;
  const auto& names = reinterpret_cast<const ElfW(Shdr)*>(headers_.begin)[header.e_shstrndx];
  return names.sh_size > 0 && names.sh_size <= kMaxNames && names_.map(names.sh_size) &&
         file_.read(names_.begin, names.sh_size, names.sh_offset) && names_.begin[names.sh_size - 1] == 0;
}

const ElfW(Shdr) * ElfFile::find(const char* name) const {
  const auto* const begin = reinterpret_cast<const ElfW(Shdr)*>(headers_.begin);
  const auto* const end = begin + section_count_;
  const auto* const found = std::find_if(begin, end, [&](const ElfW(Shdr) & section) {
    return section.sh_type != SHT_NOBITS && section.sh_name < names_.size &&
           std::strcmp(reinterpret_cast<const char*>(names_.begin) + section.sh_name, name) == 0;
  });
  return found == end ? nullptr : found;
}

uint64_t ElfFile::address_of(const char* name) const {
  const auto* const section = find(name);
  return section == nullptr || (section->sh_flags & SHF_ALLOC) == 0 ? 0 : section->sh_addr;
}

FrameSection ElfFile::debug_frame() {
  const auto* const section = find(".debug_frame");
  if (section == nullptr || section->sh_size > kMaxDebugFrame || !debug_frame_.map(section->sh_size) ||
      !file_.read(debug_frame_.begin, section->sh_size, section->sh_offset))
    return {};
  if ((section->sh_flags & SHF_COMPRESSED) != 0) {
    ElfW(Chdr) header;
    if (section->sh_size < sizeof header) return {};
    std::memcpy(&header, debug_frame_.begin, sizeof header);
    Pages plain;
    if (header.ch_type != ELFCOMPRESS_ZLIB || header.ch_size > kMaxDebugFrame || !plain.map(header.ch_size))
      return {};
    const bool is_good = inflate_zlib(debug_frame_.begin + sizeof header, section->sh_size - sizeof header,
                                      plain.begin, plain.size);
    std::swap(plain, debug_frame_);
    plain.unmap();
    if (!is_good) return {};
  }
  return {debug_frame_.begin, debug_frame_.begin + debug_frame_.size, 0};
}

}  // namespace prof::agent
