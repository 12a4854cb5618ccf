#include "cmd/prof/debug_package.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "libprof/base/files.h"

namespace prof::cmd {

namespace fs = std::filesystem;

namespace {

// A package may list a file with or without the /usr that Debian 12 merges, by its name or a link's.
std::vector<std::string> listed_names(const std::string& path) {
  std::error_code ignored;
  std::vector<std::string> names;
  for (const auto& name : {path, fs::canonical(path, ignored).string()}) {
    if (name.empty()) continue;
    names.push_back("\n" + name + "\n");
    names.push_back("\n" + (name.starts_with("/usr/") ? name.substr(4) : "/usr" + name) + "\n");
  }
  return names;
}

}  // namespace

std::string debug_package(const std::string& path) {
  const auto names = listed_names(path);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/var/lib/dpkg/info", ignored)) {
    if (entry.path().extension() != ".list") continue;
    const auto list = read_file(entry.path().string());
    const bool has_it = list && std::any_of(names.begin(), names.end(), [&](const auto& name) {
                          return list->find(name) != std::string::npos;
                        });
    if (!has_it) continue;
    const std::string package = entry.path().stem().string();
    const std::string name = package.substr(0, package.find(':'));
    return name == "libc6" ? "libc6-dbg" : name + "-dbgsym";  // the one that kept the older way
  }
  return "";
}

}  // namespace prof::cmd
