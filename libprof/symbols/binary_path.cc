#include "libprof/symbols/binary_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "libprof/symbols/object_file.h"

namespace prof::symbols {

namespace fs = std::filesystem;

std::string binary_path() {
  const char* path = std::getenv("PPROF_BINARY_PATH");
  if (path != nullptr && *path != '\0') return path;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/pprof/binaries";
}

std::vector<std::string> binary_candidates(const std::string& directory, const std::string& file,
                                           const std::string& build_id) {
  const fs::path root(directory), path(file);
  const fs::path name = path.filename(), below = path.relative_path(), folder = below.parent_path();
  std::vector<fs::path> found;
  if (!build_id.empty()) {
    if (!name.empty()) found.push_back(root / build_id / name);
    std::error_code ignored;
    std::vector<fs::path> any;
    for (const auto& entry : fs::directory_iterator(root / build_id, ignored)) any.push_back(entry.path());
    std::sort(any.begin(), any.end());
    found.insert(found.end(), any.begin(), any.end());
    if (!file.empty()) found.push_back(root / below / build_id);
    if (build_id.size() > 2) found.push_back(root / build_id.substr(0, 2) / (build_id.substr(2) + ".debug"));
    if (build_id.size() > 2)
      found.push_back(root / ".build-id" / build_id.substr(0, 2) / build_id.substr(2) / "elf");
  }
  if (!file.empty()) {
    const std::string debug = name.string() + ".debug";
    found.insert(found.end(), {root / name, root / below, root / (below.string() + ".debug"),
                               root / folder / ".debug" / debug, root / "usr/lib/debug" / folder / debug});
  }
  std::vector<std::string> names(found.size());
  std::transform(found.begin(), found.end(), names.begin(), [](const fs::path& p) { return p.string(); });
  return names;
}

std::string find_binary(std::string_view search_path, const std::string& file, const std::string& build_id,
                        Warnings& warnings) {
  while (!search_path.empty()) {
    const size_t colon = std::min(search_path.find(':'), search_path.size());
    const std::string directory(search_path.substr(0, colon));
    search_path.remove_prefix(std::min(colon + 1, search_path.size()));
    std::error_code ignored;
    if (directory.empty() || !fs::is_directory(directory, ignored)) continue;
    for (const std::string& name : binary_candidates(directory, file, build_id)) {
      if (!fs::is_regular_file(name, ignored)) continue;
      const auto object = ObjectFile::open(name);
      if (!object) continue;
      if (build_id.empty() || object->build_id() == build_id) return name;
      warnings.push_back(fmt::format("{} is not used: its build id is {}, the profile's {}", name,
                                     object->build_id().empty() ? "none" : object->build_id(), build_id));
    }
  }
  return "";
}

}  // namespace prof::symbols
