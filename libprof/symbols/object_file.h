// An ELF file opened with what belongs to it: separate debug information (.gnu_debuglink, build id
// directories, .gnu_debugdata, dwz), found and verified by elfutils. Not shared between threads.
#pragma once

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <memory>
#include <string>

#include "libprof/base/error.h"

namespace prof::symbols {

class ObjectFile {
 public:
  // `path` may be "[vdso]": this process's own. `build_id`: lower-case hex of the file that was mapped, or ""
  // where it has none; another build than that is an error which names both.
  static Result<ObjectFile> open(const std::string& path, const std::string& build_id);

  // Addresses given to the module are those in the file: it is placed without bias.
  Dwfl_Module* module() const { return module_; }
  // nullptr where there is no debug information. `bias`: what to subtract from an address for this Dwarf.
  Dwarf* dwarf(uint64_t& bias) const;
  // Of the function whose unwind table entry covers `address`; false where none does.
  bool function_start(uint64_t address, uint64_t& start) const;

 private:
  struct End {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  std::unique_ptr<Dwfl, End> dwfl_;
  Dwfl_Module* module_ = nullptr;
};

}  // namespace prof::symbols
