#include "libprof/record/code_mappings.h"

#include <unistd.h>

#include <cinttypes>
#include <climits>
#include <cstdio>
#include <sstream>

#include "libprof/base/files.h"
#include "libprof/record/outside.h"

namespace prof::record {

// pid tid start length offset major minor inode generation protection flags path.
FileMapping mapping_in(const PerfRecord& record) {
  const auto start = field<uint64_t>(record, 8), length = field<uint64_t>(record, 16);
  return {start, start + length, field<uint64_t>(record, 24), field<uint64_t>(record, 40),
          text_in(record, 64)};
}

bool is_file(const FileMapping& mapping) {
  if (!mapping.path.starts_with('/') || mapping.inode == 0) return false;
  for (const char* other : {"//anon", "/memfd:", "/SYSV", "/dev/zero", "/anon_hugepage"}) {
    if (mapping.path.starts_with(other)) return false;
  }
  return true;
}

spool::Module module_of(const FileMapping& mapping) {
  spool::Module module = {};
  module.bias = mapping.start - mapping.offset;
  module.start = module.text_start = mapping.start;
  module.end = module.text_end = mapping.end;
  module.text_offset = mapping.offset;
  return module;
}

std::vector<FileMapping> code_of(uint32_t pid) {
  constexpr uint64_t kMost = uint64_t{256} << 20;
  const auto maps = read_file("/proc/" + std::to_string(thread_with_memory(pid)) + "/maps", kMost);
  std::vector<FileMapping> all;
  std::istringstream lines(maps ? *maps : "");
  for (std::string line; std::getline(lines, line);) {
    FileMapping mapping;
    char rights[5] = {};
    int path = 0;
    const int fields =
        std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %" SCNu64 " %n",
                    &mapping.start, &mapping.end, rights, &mapping.offset, &mapping.inode, &path);
    if (fields < 5 || rights[2] != 'x' || path == 0) continue;
    mapping.path = line.substr(static_cast<size_t>(path));
    all.push_back(std::move(mapping));
  }
  return all;
}

std::string executable_of(uint32_t pid) {
  char path[PATH_MAX] = {};
  const std::string link = "/proc/" + std::to_string(thread_with_memory(pid)) + "/exe";
  const ssize_t size = ::readlink(link.c_str(), path, sizeof path - 1);
  return size > 0 ? name_of(std::string(path, static_cast<size_t>(size))) : "";
}

}  // namespace prof::record
