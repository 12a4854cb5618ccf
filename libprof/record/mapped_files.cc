#include "libprof/record/mapped_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string_view>

namespace prof::record {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

bool is_same(const std::optional<struct stat>& a, const std::optional<struct stat>& b) {
  return a && b && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

}  // namespace

std::string name_of(const std::string& path) {
  return path.substr(0, path.size() - (path.ends_with(kDeleted) ? kDeleted.size() : 0));
}

MappedFiles::~MappedFiles() {
  for (const int fd : fds_) ::close(fd);
}

const std::string& MappedFiles::find(uint32_t pid, const FileMapping& mapping) {
  const auto [entry, is_new] = found_.try_emplace({mapping.path, mapping.inode});
  if (is_new) entry->second = look(pid, mapping);
  return entry->second;
}

// Devices are not compared with those in /proc/PID/maps: btrfs and overlayfs tell stat(2) others.
std::string MappedFiles::look(uint32_t pid, const FileMapping& mapping) {
  const std::string process = "/proc/" + std::to_string(pid), path = name_of(mapping.path);
  const auto here = status_of(path);
  char range[64];
  std::snprintf(range, sizeof range, "/map_files/%" PRIx64 "-%" PRIx64, mapping.start, mapping.end);
  // The kernel's own links lead to the file itself, wherever it is. Not all may follow the first.
  for (const std::string& link : {process + range, process + "/exe"}) {
    const auto there = status_of(link);
    if (!there || there->st_ino != mapping.inode) continue;
    return is_same(here, there) ? path : keep(link);
  }
  const std::string seen = process + "/root" + path;
  if (const auto there = status_of(seen)) {
    if (there->st_ino != mapping.inode) return "";
    return is_same(here, there) ? path : keep(seen);
  }
  return here && here->st_ino == mapping.inode ? path : "";
}

std::string MappedFiles::keep(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return "";
  fds_.push_back(fd);
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace prof::record
