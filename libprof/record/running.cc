#include "libprof/record/running.h"

#include <dirent.h>

#include <memory>

#include "libprof/base/files.h"
#include "libprof/spool/spool.h"

namespace prof::record {

size_t count_configured(const std::string& config) {
  constexpr uint64_t kMostBytes = 4 << 20;  // of an environment
  const std::string variable = std::string(spool::kConfigVariable) + "=" + config;
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  size_t count = 0;
  while (const dirent* const entry = processes != nullptr ? ::readdir(processes.get()) : nullptr) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const auto environment = read_file(std::string("/proc/") + entry->d_name + "/environ", kMostBytes);
    count += environment && environment->find(variable) != std::string::npos ? 1 : 0;
  }
  return count;
}

}  // namespace prof::record
