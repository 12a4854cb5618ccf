#include "libprof/record/symbol_book.h"

#include <algorithm>

namespace prof::record {

uint32_t SymbolBook::file(const LoadedModule* module, uint32_t pid) {
  File file;
  std::string bytes;
  std::string key = std::to_string(pid);
  if (module != nullptr) {
    file.path = module->path;
    bytes = module->file;
    file.build_id = module->build_id();
    file.mapping = module->module;
    const std::string name = file.path.substr(file.path.rfind('/') + 1);
    file.is_agent = name == "libprof.so" || name.starts_with("libprof.so.");
    key = file.path + '\n' + file.build_id;
  }
  const auto [entry, is_new] = index_.try_emplace(key, static_cast<uint32_t>(files_.size()));
  if (is_new) {
    requests_.push_back({bytes, file.build_id, pid, {}});
    files_.push_back(std::move(file));
  }
  return entry->second;
}

void SymbolBook::resolve(const symbols::Progress& progress) {
  for (auto& request : requests_) {
    auto& addresses = request.addresses;
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  }
  symbols::Settings settings;
  settings.progress = progress;
  answers_ = symbols::symbolize_all(requests_, settings);
}

const symbols::Code& SymbolBook::code(const Place& place) const {
  const auto& addresses = requests_[place.file].addresses;
  const auto at = std::lower_bound(addresses.begin(), addresses.end(), place.address);
  return answers_[place.file].codes[static_cast<size_t>(at - addresses.begin())];
}

Warnings SymbolBook::warnings() const {
  Warnings all;
  for (const auto& answer : answers_) all.insert(all.end(), answer.warnings.begin(), answer.warnings.end());
  return all;
}

}  // namespace prof::record
