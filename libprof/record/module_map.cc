#include "libprof/record/module_map.h"

#include <algorithm>

#include "libprof/base/hex.h"

namespace prof::record {

std::string LoadedModule::build_id() const {
  const size_t size = std::min<size_t>(module.build_id_size, sizeof module.build_id);
  return hex_of({reinterpret_cast<const char*>(module.build_id), size});
}

void ModuleMap::load(const spool::Module& module, std::string_view path, std::string_view file) {
  bool replaces = false;
  for (LoadedModule& old : modules_) {
    if (old.last_epoch != UINT32_MAX || old.module.end <= module.start || module.end <= old.module.start) {
      continue;
    }
    if (old.module.start == module.start && old.module.end == module.end && old.path == path) return;
    old.last_epoch = epoch_;
    replaces = true;
  }
  if (replaces) epoch_++;
  modules_.push_back({module, std::string(path), std::string(file), epoch_});
}

void ModuleMap::unload(uint64_t start) {
  for (LoadedModule& module : modules_) {
    if (module.module.start != start || module.last_epoch != UINT32_MAX) continue;
    module.last_epoch = epoch_++;
    return;
  }
}

const LoadedModule* ModuleMap::find(uint64_t address, uint32_t epoch) const {
  for (const LoadedModule& module : modules_) {
    if (address >= module.module.start && address < module.module.end && epoch >= module.first_epoch &&
        epoch <= module.last_epoch) {
      return &module;
    }
  }
  return nullptr;
}

}  // namespace prof::record
