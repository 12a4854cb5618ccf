#include "libprof/agent/elf_image.h"

#include <algorithm>
#include <cstring>

#include "libprof/agent/checksum.h"
#include "libprof/agent/dwarf_bytes.h"
#include "libprof/agent/elf_file.h"
#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

const ElfW(Phdr) * find_segment(const dl_phdr_info& info, uint32_t type) {
  const auto* const end = info.dlpi_phdr + info.dlpi_phnum;
  const auto* const found =
      std::find_if(info.dlpi_phdr, end, [type](const auto& p) { return p.p_type == type; });
  return found == end ? nullptr : found;
}

// The segment that `address` is loaded in, if it may be read; null where there is none.
const ElfW(Phdr) * find_loaded(const dl_phdr_info& info, uint64_t address) {
  const auto* const end = info.dlpi_phdr + info.dlpi_phnum;
  const auto* const found = std::find_if(info.dlpi_phdr, end, [&](const auto& p) {
    return p.p_type == PT_LOAD && (p.p_flags & PF_R) != 0 &&
           address - info.dlpi_addr - p.p_vaddr < p.p_filesz;
  });
  return found == end ? nullptr : found;
}

// From `address` to the end of what was loaded there.
FrameSection section_at(const dl_phdr_info& info, uint64_t address) {
  const auto* const segment = find_loaded(info, address);
  if (segment == nullptr) return {};
  const uint64_t end = info.dlpi_addr + segment->p_vaddr + segment->p_filesz;
  return {reinterpret_cast<const uint8_t*>(address), reinterpret_cast<const uint8_t*>(end), address};
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

const UnwindTable* compile_image(const dl_phdr_info& info, const spool::Module& module, const char* path) {
  ElfFile file(path, info);
  CallFrames frames = {module.start, module.end, info.dlpi_addr, {}, file.debug_frame()};
  uint64_t start = address_in_header(info);
  if (start == 0) {
    const uint64_t address = file.address_of(".eh_frame");
    start = address == 0 ? 0 : info.dlpi_addr + address;
  }
  frames.eh_frame = section_at(info, start);
  return compile_unwind_table(frames);
}

uint64_t checksum_frames(const dl_phdr_info& info) {
  const uint64_t start = address_in_header(info);
  const auto* const segment = find_loaded(info, start);
  if (start == 0 || segment == nullptr || (segment->p_flags & PF_W) != 0) return 0;
  const FrameSection section = section_at(info, start);
  Checksum sum;
  sum.add(section.begin, static_cast<uint64_t>(section.end - section.begin));
  return sum.value();
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
