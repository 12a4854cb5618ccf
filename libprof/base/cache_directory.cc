#include "libprof/base/cache_directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

namespace prof {

namespace fs = std::filesystem;

namespace {

struct Kept {
  fs::path path;
  uint64_t size;
  std::pair<int64_t, int64_t> used;  // seconds, nanoseconds
};

// The later of both times: a file system may not count reading, and who reads may not be let to touch.
std::pair<int64_t, int64_t> time_of_use(const struct stat& status) {
  const auto pair = [](const timespec& t) { return std::pair<int64_t, int64_t>{t.tv_sec, t.tv_nsec}; };
  return std::max(pair(status.st_atim), pair(status.st_mtim));
}

}  // namespace

std::string default_cache_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/prof";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/prof" : "";
}

void shrink_cache(const std::string& directory, std::string_view prefix, uint64_t max_bytes) {
  std::error_code ignored;
  std::vector<Kept> files;
  uint64_t all = 0;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    struct stat status = {};
    if (!entry.path().filename().string().starts_with(prefix) ||
        ::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      continue;
    files.push_back({entry.path(), static_cast<uint64_t>(status.st_size), time_of_use(status)});
    all += files.back().size;
  }
  std::sort(files.begin(), files.end(), [](const Kept& a, const Kept& b) { return a.used < b.used; });
  for (const Kept& kept : files) {
    if (all <= max_bytes) return;
    if (fs::remove(kept.path, ignored)) all -= std::min(all, kept.size);
  }
}

}  // namespace prof
