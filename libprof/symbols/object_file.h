// An ELF file opened with what belongs to it: separate debug information (.gnu_debuglink, build id
// directories, .gnu_debugdata, dwz), found and verified by elfutils. Not shared between threads.
#pragma once

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <memory>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/symbols/placement.h"

namespace prof::symbols {

// Whether `path` is a file that begins as ELF files do.
bool is_object_file(const std::string& path);

// An open file of debug information; elf() is nullptr where there is none.
class SeparateFile {
 public:
  explicit SeparateFile(int fd);  // takes it; -1: none
  ~SeparateFile();
  SeparateFile(const SeparateFile&) = delete;
  SeparateFile& operator=(const SeparateFile&) = delete;
  Elf* elf() const { return elf_; }

 private:
  int fd_ = -1;
  Elf* elf_ = nullptr;
};

class ObjectFile {
 public:
  // `path` may be "[vdso]": this process's own. `build_id`: lower-case hex of the file that was mapped, or ""
  // where it has none; another build than that is an error which names both.
  static Result<ObjectFile> open(const std::string& path, const std::string& build_id = "");

  const std::string& build_id() const { return build_id_; }
  // As in placement.h.
  uint64_t file_address(uint64_t address, const Placement& mapping) const;
  std::vector<Placement> code_placements() const;

  // Addresses given to the module are those in the file: it is placed without bias.
  Dwfl_Module* module() const { return module_; }
  // The file that has the debug information, nullptr where there is none; the one that dwz moved common parts
  // of it to, or nullptr. `bias`: what to subtract from an address for it.
  struct DebugElf {
    Elf* elf = nullptr;
    Elf* alternate = nullptr;
    uint64_t bias = 0;
  };
  DebugElf debug_elf() const;
  // Differs where the file that has the debug information differs; "" where there is none. Nothing is
  // decompressed.
  static std::string fingerprint(const DebugElf& debug);
  // Of the function whose unwind table entry covers `address`; false where none does.
  bool function_start(uint64_t address, uint64_t& start) const;

 private:
  struct End {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  std::unique_ptr<Dwfl, End> dwfl_;
  Dwfl_Module* module_ = nullptr;
  std::string build_id_;
  mutable std::unique_ptr<SeparateFile> separate_;  // once debug_elf() looked for it
};

}  // namespace prof::symbols
