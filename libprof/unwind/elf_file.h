// What unwinding from outside needs of an object's file: its bytes by the addresses they are loaded at, and
// an index of the functions that .eh_frame describes (made here: static programs have no .eh_frame_hdr), and
// of those that .debug_frame does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libprof/spool/spool.h"
#include "libprof/unwind/debug_frame.h"

namespace prof::unwind {

class ElfFile {
 public:
  // `path` may be "[vdso]": our own, which is every process's. nullptr where it cannot be read as ELF.
  static std::unique_ptr<ElfFile> open(const std::string& path);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  // In libunwind's layout of a binary search table; both relative to the load bias.
  struct Entry {
    int32_t start;
    int32_t fde;
  };
  const std::vector<Entry>& functions() const { return functions_; }
  // Whether one of them holds this address of the file.
  bool has_function(uint64_t address) const;
  // Where that does not.
  const DebugFrame& debug_frame() const { return debug_frame_; }
  bool is_described(uint64_t address) const {
    return has_function(address) || debug_frame_.start_of(address).has_value();
  }

  // Where the call returns to that the entry point makes; 0 where it makes none.
  uint64_t entry_return() const { return entry_return_; }

  // 8 bytes at an address of the file; what lies past a segment's file contents is zero.
  bool read(uint64_t address, uint64_t& word) const;

  // As the agent would describe it, where file offset `offset` is mapped at `start`. Nothing where no
  // executable segment is there.
  std::optional<spool::Module> module_at(uint64_t start, uint64_t offset) const;

 private:
  struct Segment {
    uint64_t address;
    uint64_t memory_size;
    uint64_t file_size;
    uint64_t offset;
    bool is_executable;
  };
  ElfFile(std::vector<char> owned, const char* bytes, uint64_t size);
  bool index();
  uint64_t behind_first_call(uint64_t address) const;

  std::vector<char> owned_;  // of the vdso; else the file is mapped
  const char* bytes_;
  uint64_t size_;
  std::vector<Segment> segments_;
  std::vector<Entry> functions_;
  std::vector<uint32_t> sizes_;  // of their code
  DebugFrame debug_frame_;
  std::string build_id_;
  uint64_t entry_return_ = 0;
};

}  // namespace prof::unwind
