#include "cmd/prof/debug_package.h"

#include <filesystem>

#include "libprof/base/files.h"

namespace prof::cmd {

namespace fs = std::filesystem;

std::string debug_package(const std::string& path) {
  // Debian 12 mounts /lib in /usr/lib: a package may list a file either way.
  const std::string line = "\n" + path + "\n";
  const std::string without_usr = path.starts_with("/usr/") ? "\n" + path.substr(4) + "\n" : line;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/var/lib/dpkg/info", ignored)) {
    if (entry.path().extension() != ".list") continue;
    const auto list = read_file(entry.path().string());
    if (!list || (list->find(line) == std::string::npos && list->find(without_usr) == std::string::npos))
      continue;
    const std::string name = entry.path().stem().string();
    return name.substr(0, name.find(':')) + "-dbgsym";
  }
  return "";
}

}  // namespace prof::cmd
