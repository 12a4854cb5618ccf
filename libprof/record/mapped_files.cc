#include "libprof/record/mapped_files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string_view>

#include "libprof/record/outside.h"

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

// Of an overlay the kernel may tell the inode beneath; a file that was replaced is "(deleted)" there, too.
bool is_it(const std::string& path, const struct stat& status, const FileMapping& mapping) {
  struct statfs system = {};
  return status.st_ino == mapping.inode ||
         (!mapping.path.ends_with(kDeleted) && ::statfs(path.c_str(), &system) == 0 &&
          system.f_type == OVERLAYFS_SUPER_MAGIC);
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
  const std::string process = "/proc/" + std::to_string(thread_with_memory(pid)),
                    path = name_of(mapping.path);
  const auto here = status_of(path);
  char range[64];
  std::snprintf(range, sizeof range, "/map_files/%" PRIx64 "-%" PRIx64, mapping.start, mapping.end);
  const auto open = [&](const std::string& other) {
    return is_same(here, status_of(other)) ? path : keep(other);
  };
  // The kernel's own links lead to the file itself, wherever it is. Not all may follow the first.
  const std::string mapped = process + range, program = process + "/exe", seen = process + "/root" + path;
  if (const auto there = status_of(mapped); there && is_it(mapped, *there, mapping)) return open(mapped);
  if (const auto there = status_of(program); there && there->st_ino == mapping.inode) return open(program);
  if (const auto there = status_of(seen)) return is_it(seen, *there, mapping) ? open(seen) : "";
  return here && is_it(path, *here, mapping) ? path : "";
}

std::string MappedFiles::keep(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return "";
  fds_.push_back(fd);
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace prof::record
