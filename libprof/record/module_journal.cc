#include "libprof/record/module_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "libprof/base/files.h"

namespace prof::record {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{64} << 20;

}  // namespace

std::string journal_of(const std::string& spool_path) {
  return spool_path.substr(0, spool_path.size() - std::strlen(spool::kSuffix)) + ".modules";
}

// An entry is a spool::Module and its path; an unloading is one that ends at 0.
void append_to_journal(const std::string& path, const spool::Record& record) {
  std::string entry(sizeof(spool::Module), '\0');
  spool::Module module = {};
  if (const auto* loaded = std::get_if<spool::ModuleRecord>(&record)) {
    module = loaded->module;
    module.path_size = static_cast<uint32_t>(loaded->path.size());
    entry += loaded->path;
  } else if (const auto* unloaded = std::get_if<spool::Unload>(&record)) {
    module.start = unloaded->start;
  } else {
    return;
  }
  std::memcpy(entry.data(), &module, sizeof module);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd, entry.data(), entry.size());
  ::close(fd);
}

void replay_journal(const std::string& path, ProcessRecord& process) {
  const auto bytes = read_file(path, kMaxBytes);
  if (!bytes) return;
  std::string_view rest = *bytes;
  while (rest.size() >= sizeof(spool::Module)) {
    spool::Module module = {};
    std::memcpy(&module, rest.data(), sizeof module);
    rest.remove_prefix(sizeof module);
    if (module.path_size > rest.size()) return;
    process.add(module.end == 0
                    ? spool::Record(spool::Unload{module.start})
                    : spool::Record(spool::ModuleRecord{module, rest.substr(0, module.path_size)}));
    rest.remove_prefix(module.path_size);
  }
}

}  // namespace prof::record
