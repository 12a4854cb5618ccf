// What the agent reads of a loaded ELF object's file: sections that are not loaded, or that no program header
// leads to.
//
// Called from: threads, outside handlers, with the loader's lock held for reading. Blocks on the file system.
// Allocates nothing of the target's; total, in memory bounded by kMaxDebugFrame, given back with the object.
#pragma once

#include <link.h>

#include "libprof/agent/cfi.h"
#include "libprof/agent/raw_file.h"

namespace prof::agent {

class ElfFile {
 public:
  // Past this size, as stored and uncompressed, .debug_frame is not read. Those of programs with a gigabyte
  // of other debug information have some 10 MiB.
  static constexpr uint64_t kMaxDebugFrame = 64 << 20;

  // Has no section where `path` is not a file with the program headers of what was loaded (it may have been
  // replaced since).
  ElfFile(const char* path, const dl_phdr_info& info);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  // The link-time address of the loaded section `name`; 0 where there is none.
  uint64_t address_of(const char* name) const;

  // .debug_frame, uncompressed (zlib), valid as long as this object; null where there is none.
  FrameSection debug_frame();

 private:
  bool read_headers(const dl_phdr_info& info);
  const ElfW(Shdr) * find(const char* name) const;

  struct Pages {
    uint8_t* begin = nullptr;
    uint64_t size = 0;
    bool map(uint64_t wanted);
    void unmap();
  };

  RawFile file_;
  uint32_t section_count_ = 0;
  Pages headers_;
  Pages names_;
  Pages debug_frame_;
};

}  // namespace prof::agent
