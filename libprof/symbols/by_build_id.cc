#include "libprof/symbols/by_build_id.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "libprof/base/hex.h"
#include "libprof/symbols/debuginfod.h"

namespace prof::symbols {
namespace {

// Where a file below a .build-id directory is readable, its path.
std::string readable(const std::string& directory, const std::string& build_id, const char* end) {
  if (!is_hex(build_id) || build_id.size() < 3) return "";
  const std::string file =
      fmt::format("{}/.build-id/{}/{}{}", directory, build_id.substr(0, 2), build_id.substr(2), end);
  return ::access(file.c_str(), R_OK) == 0 ? file : "";
}

}  // namespace

std::string program_by_build_id(const std::string& build_id) {
  const char* home = std::getenv("HOME");
  return home == nullptr ? "" : readable(std::string(home) + "/.debug", build_id, "/elf");
}

std::string debug_file_by_build_id(const std::string& build_id) {
  std::string file = readable("/usr/lib/debug", build_id, ".debug");
  if (!file.empty() || !debuginfod_is_on()) return file;
  return debuginfod_debug_file(build_id).value_or("");
}

}  // namespace prof::symbols
