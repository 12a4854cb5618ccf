#include "libprof/symbols/perf_map.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "libprof/base/files.h"

namespace prof::symbols {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{256} << 20;

// Takes a hexadecimal number, with or without 0x, and the space behind it off the front of `line`.
bool take_hex(std::string_view& line, uint64_t& number) {
  if (line.substr(0, 2) == "0x" || line.substr(0, 2) == "0X") line.remove_prefix(2);
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number, 16);
  if (error != std::errc() || end == line.data() + line.size() || *end != ' ') return false;
  line.remove_prefix(static_cast<size_t>(end - line.data()) + 1);
  return true;
}

}  // namespace

PerfMap::PerfMap(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    uint64_t start = 0, size = 0;
    if (!take_hex(line, start) || !take_hex(line, size) || line.empty()) continue;
    if (start + size > start) names_.add(start, start + size, std::string(line));
  }
  names_.build();
}

PerfMap PerfMap::of_process(uint32_t pid) {
  const std::string path = "/tmp/perf-" + std::to_string(pid) + ".map";
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return PerfMap("");
  if (status.st_uid != ::geteuid() && status.st_uid != 0) return PerfMap("");
  const auto text = read_file(path, kMaxBytes);
  return PerfMap(text ? std::string_view(*text) : std::string_view());
}

}  // namespace prof::symbols
