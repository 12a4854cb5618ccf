// Which object was loaded where, and when. Addresses are reused after dlclose, so time is part of the
// question: an epoch is the time between two unloadings; within one, an address has one meaning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/spool/spool.h"

namespace prof::record {

struct LoadedModule {
  spool::Module module;
  std::string path;
  std::string file = {};  // where it can be read: `path`, unless another file is there now
  uint32_t first_epoch = 0;
  uint32_t last_epoch = UINT32_MAX;  // UINT32_MAX: still loaded

  std::string build_id() const;  // lower-case hex
};

class ModuleMap {
 public:
  // Of a module that is loaded already, or over one whose unloading was lost: what is new holds.
  void load(const spool::Module& module, std::string_view path) { load(module, path, path); }
  void load(const spool::Module& module, std::string_view path, std::string_view file);
  void unload(uint64_t start);

  uint32_t epoch() const { return epoch_; }
  // A module counts from the beginning of the epoch in which it was announced: the agent may notice it after
  // its code has run. nullptr where there was none. Linear.
  const LoadedModule* find(uint64_t address, uint32_t epoch) const;
  const std::vector<LoadedModule>& all() const { return modules_; }

 private:
  std::vector<LoadedModule> modules_;
  uint32_t epoch_ = 0;
};

}  // namespace prof::record
