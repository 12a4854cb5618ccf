#include "libprof/perf/directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "libprof/base/files.h"

namespace prof::perf {

namespace fs = std::filesystem;

bool is_perf_directory(const std::string& path) {
  char start[8] = {};
  std::error_code error;
  std::ifstream data(path + "/data", std::ios::binary);
  return data.read(start, sizeof start) && is_perf_data({start, sizeof start}) &&
         fs::exists(path + "/data.0", error);
}

Result<Profile> read_perf_directory(const std::string& path, const Options& options) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("data.") && name.find_first_not_of("0123456789", 5) == std::string::npos) {
      names.push_back(entry->path().string());
    }
  }
  std::sort(names.begin(), names.end());
  names.insert(names.begin(), path + "/data");
  std::vector<std::string> files;
  for (const std::string& name : names) {
    auto bytes = read_file(name);
    if (!bytes) return tl::unexpected(bytes.error());
    files.push_back(std::move(*bytes));
  }
  const std::vector<std::string_view> streams(files.begin() + 1, files.end());
  return read_perf_data(files[0], options, streams);
}

}  // namespace prof::perf
