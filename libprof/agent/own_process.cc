#include "libprof/agent/own_process.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "libprof/agent/raw_file.h"
#include "libprof/agent/text.h"

namespace prof::agent {
namespace {

// What the program was executed as, which may be relative; nullptr where the kernel does not say.
const char* executed_name() { return reinterpret_cast<const char*>(::getauxval(AT_EXECFN)); }

// The end of the mapping of /proc/self/maps that holds `here`; 0 where it does not say.
uint64_t end_of_mapping(uint64_t here) {
  const int fd = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char buffer[4096];
  uint64_t range[2] = {};
  int field = 0;  // 0: start, 1: end, 2: the rest of the line
  uint64_t high = 0;
  for (ssize_t size = 0; high == 0 && (size = ::read(fd, buffer, sizeof buffer)) > 0;) {
    for (ssize_t i = 0; i < size && high == 0; ++i) {
      const char c = buffer[i];
      if (c == '\n') {
        field = 0;
        range[0] = range[1] = 0;
      } else if (field < 2 && (c == '-' || c == ' ')) {
        if (++field == 2 && here >= range[0] && here < range[1]) high = range[1];
      } else if (field < 2) {
        range[field] = range[field] << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
      }
    }
  }
  ::close(fd);
  return high;
}

// The kernel puts the name that was executed at the very end of the first stack, and 8 zero bytes behind it.
uint64_t end_of_first_stack() {
  const auto* const name = executed_name();
  constexpr uint64_t kPage = 4096;
  return name == nullptr
             ? 0
             : (reinterpret_cast<uint64_t>(name) + std::strlen(name) + 9 + kPage - 1) & ~(kPage - 1);
}

}  // namespace

// Up to the end of its mapping. Below, the stack may grow to its limit; nothing else is mapped there.
StackRange first_stack() {
  constexpr uint64_t kUsual = uint64_t{8} << 20;
  rlimit limit = {};
  const bool is_limited = ::getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const uint64_t room = is_limited && limit.rlim_cur < (uint64_t{1} << 30) ? limit.rlim_cur : kUsual;
  const auto here = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
  uint64_t high = end_of_mapping(here);
  if (high == 0) high = end_of_first_stack();
  return here < high && high - here <= room ? StackRange{high - room, high} : StackRange{};
}

bool is_set_id() { return ::getauxval(AT_SECURE) != 0; }

size_t executable_path(char* path, size_t size) {
  const ssize_t length = ::readlink("/proc/self/exe", path, size - 1);
  if (length > 0) {
    path[length] = '\0';
    return static_cast<size_t>(length);
  }
  const char* const name = executed_name();
  const size_t used = name == nullptr ? 0 : ::strnlen(name, size - 1);
  if (used > 0) std::memcpy(path, name, used);
  path[used] = '\0';
  return used;
}

namespace {

void find_name(char* name, size_t size) {
  const char* const path = executed_name();
  struct stat named = {}, executed = {};
  if (path == nullptr) return;
  if (std::strncmp(path, "/proc/", 6) == 0 || std::strncmp(path, "/dev/", 5) == 0) return;  // by a descriptor
  if (::stat(path, &named) != 0 || ::stat("/proc/self/exe", &executed) != 0) return;
  if (named.st_dev != executed.st_dev || named.st_ino != executed.st_ino) return;
  const char* const slash = std::strrchr(path, '/');
  const char* const base = slash != nullptr ? slash + 1 : path;
  const size_t used = std::strlen(base) + 1;
  if (used <= size) std::memcpy(name, base, used);
}

}  // namespace

void executed_as(char* name, size_t size) {
  // A fork's child is elsewhere, perhaps, and its parent has looked.
  static char kept[64];
  static bool has_looked = false;
  if (!has_looked) find_name(kept, sizeof kept);
  has_looked = true;
  const size_t used = std::strlen(kept) + 1;
  name[0] = '\0';
  if (used <= size) std::memcpy(name, kept, used);
}

uint64_t own_pid_namespace() {
  struct stat status = {};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

constexpr const char* kTasks = "/proc/self/task";

void for_each_thread(void (*visit)(uint32_t tid)) {
  struct Entry {  // linux_dirent64
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[1];  // and more, up to `size`
  };
  const auto self = static_cast<uint32_t>(::syscall(SYS_gettid));
  const RawFile directory(kTasks, O_RDONLY | O_DIRECTORY);
  Text<16> own_name;
  own_name.add(self);
  struct stat status = {};
  const bool is_ours = ::syscall(SYS_newfstatat, directory.fd(), own_name.c_str(), &status, 0) == 0;
  if (!is_ours) return visit(self);
  alignas(8) char buffer[1024];
  for (long size = 0; (size = ::syscall(SYS_getdents64, directory.fd(), buffer, sizeof buffer)) > 0;) {
    for (long at = 0; at < size;) {
      const auto* const entry = reinterpret_cast<const Entry*>(buffer + at);
      uint32_t tid = 0;
      for (const char* c = entry->name; *c >= '0' && *c <= '9'; ++c)
        tid = tid * 10 + static_cast<uint32_t>(*c - '0');
      if (tid != 0) visit(tid);
      at += entry->size;
    }
  }
}

uint32_t thread_count() {
  struct stat task = {};
  const bool is_known = ::syscall(SYS_newfstatat, AT_FDCWD, kTasks, &task, 0) == 0 && task.st_nlink > 2;
  return is_known ? static_cast<uint32_t>(task.st_nlink) - 2 : 0;
}

}  // namespace prof::agent
