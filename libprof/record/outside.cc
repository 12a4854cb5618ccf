#include "libprof/record/outside.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "libprof/base/files.h"

namespace prof::record {
namespace {

constexpr size_t kPage = 4096;

// A file of /proc that fits in `size` bytes; its length, or -1 and errno.
ssize_t read_at(int directory, uint32_t tid, const char* file, char* text, size_t size) {
  char path[64];
  std::snprintf(path, sizeof path, "%u/%s", tid, file);
  const int fd = ::openat(directory, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t length = ::read(fd, text, size - 1);
  const int error = errno;
  ::close(fd);
  text[std::max<ssize_t>(0, length)] = '\0';
  errno = error;
  return length;
}

int number_in(const char* path) {
  const auto text = read_file(path, 64);
  return text ? std::atoi(text->c_str()) : 0;
}

std::vector<uint32_t> numbers_in(DIR* directory) {
  std::vector<uint32_t> all;
  while (const dirent* entry = directory != nullptr ? ::readdir(directory) : nullptr) {
    const auto number = static_cast<uint32_t>(std::atoi(entry->d_name));
    if (number != 0) all.push_back(number);
  }
  if (directory != nullptr) ::closedir(directory);
  return all;
}

std::optional<std::string> status_of(uint32_t pid) {
  auto status = read_file("/proc/" + std::to_string(pid) + "/status", 1 << 16);
  return status ? std::optional(std::move(*status)) : std::nullopt;
}

uint32_t number_behind(const char* title, const std::string& status) {
  const size_t line = status.find(title);
  return line == std::string::npos
             ? 0
             : static_cast<uint32_t>(std::atol(status.c_str() + line + std::strlen(title)));
}

}  // namespace

TaskDirectory::TaskDirectory(uint32_t pid)
    : pid_(pid),
      fd_(::open(("/proc/" + std::to_string(pid) + "/task").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

TaskDirectory::~TaskDirectory() {
  if (fd_ >= 0) ::close(fd_);
}

std::vector<uint32_t> TaskDirectory::threads() const {
  const int own = ::openat(fd_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::vector<uint32_t> all = numbers_in(own >= 0 ? ::fdopendir(own) : nullptr);
  if (all.size() > 1 && has_left(pid_)) std::erase(all, pid_);
  return all;
}

// "TID (NAME) STATE ...", whose name may have brackets.
bool TaskDirectory::has_left(uint32_t tid) const {
  char text[128];
  if (read_at(fd_, tid, "stat", text, sizeof text) <= 0) return false;
  const char* const state = std::strrchr(text, ')');
  return state != nullptr && state[1] == ' ' && (state[2] == 'Z' || state[2] == 'X');
}

std::optional<ThreadClock> TaskDirectory::clock(uint32_t tid) const {
  char text[128];
  ThreadClock clock;
  if (read_at(fd_, tid, "schedstat", text, sizeof text) <= 0) return std::nullopt;
  const int fields =
      std::sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &clock.run_ns, &clock.ready_ns, &clock.turns);
  return fields == 3 ? std::optional(clock) : std::nullopt;
}

// "running", "-1 SP PC", or "NUMBER six arguments SP PC".
int TaskDirectory::blocked_at(uint32_t tid, BlockedAt& at) const {
  char text[256];
  if (read_at(fd_, tid, "syscall", text, sizeof text) <= 0) return errno != 0 ? errno : EAGAIN;
  char* end = nullptr;
  at.call = std::strtol(text, &end, 10);
  if (end == text) return EAGAIN;
  uint64_t fields[8] = {};
  int count = 0;
  for (; count < 8 && *end == ' '; count++) fields[count] = std::strtoull(end, &end, 16);
  if (count < 2) return EAGAIN;
  at.sp = fields[count - 2];
  at.pc = fields[count - 1];
  return 0;
}

uint32_t process_of_thread(uint32_t tid) {
  const auto status = status_of(tid);
  return status ? number_behind("\nTgid:", *status) : 0;
}

std::vector<Descendant> descendants_of(uint32_t pid) {
  std::multimap<uint32_t, uint32_t> children;
  const auto own = static_cast<uint32_t>(::getpid());
  for (const uint32_t one : numbers_in(::opendir("/proc"))) {
    const auto status = status_of(one);
    if (status && one != own) children.emplace(number_behind("\nPPid:", *status), one);
  }
  std::vector<Descendant> all = {{pid, 0}};
  for (size_t i = 0; i < all.size(); i++) {
    const uint32_t parent = all[i].pid;
    const auto [first, last] = children.equal_range(parent);
    for (auto child = first; child != last; ++child) all.push_back({child->second, parent});
    children.erase(first, last);  // numbers are reused while we look: nobody is its own ancestor
  }
  all.erase(all.begin());
  return all;
}

bool is_exiting(uint32_t pid) {
  const auto status = status_of(pid);
  return status && status->find("\nVmSize:") == std::string::npos;
}

uint32_t thread_with_memory(uint32_t pid) {
  if (!is_exiting(pid)) return pid;
  for (const uint32_t tid : TaskDirectory(pid).threads()) {
    if (!is_exiting(tid)) return tid;
  }
  return pid;
}

// In pieces that end with a page: the kernel reads each whole or not at all.
long read_memory(uint32_t tid, uint64_t address, void* to, size_t size) {
  iovec local = {to, size};
  std::vector<iovec> pieces;
  for (uint64_t at = address; at < address + size;) {
    const uint64_t next = std::min(address + size, (at / kPage + 1) * kPage);
    pieces.push_back({reinterpret_cast<void*>(at), next - at});
    at = next;
  }
  return ::process_vm_readv(static_cast<pid_t>(tid), &local, 1, pieces.data(), pieces.size(), 0);
}

std::string explain_owner(uint32_t pid) {
  struct stat task = {};
  const auto status = status_of(pid);
  const size_t uids = status ? status->find("\nUid:") : std::string::npos;
  const long uid = uids != std::string::npos ? std::atol(status->c_str() + uids + 5) : -1;
  const uid_t own = ::geteuid();
  if (own == 0) return "";
  if (uid >= 0 && static_cast<uid_t>(uid) != own) return "it is another user's; record as that user or root";
  // The kernel gives the files of a process that is not dumpable to root.
  const std::string file = "/proc/" + std::to_string(pid) + "/status";
  if (::stat(file.c_str(), &task) == 0 && task.st_uid != own) {
    return "it is not dumpable: set-user-id, not readable, or by prctl(PR_SET_DUMPABLE, 0); record as root";
  }
  return "";
}

std::string explain_refusal(uint32_t pid, int error) {
  if (error == ENOSYS) return "this kernel has no process_vm_readv (CONFIG_CROSS_MEMORY_ATTACH)";
  if (error != EPERM && error != EACCES) return std::strerror(error);
  if (std::string owner = explain_owner(pid); !owner.empty()) return owner;
  const int scope = number_in("/proc/sys/kernel/yama/ptrace_scope");
  if (scope == 3)
    return "kernel.yama.ptrace_scope is 3: no process may look into another until the next boot";
  if (scope == 2)
    return "kernel.yama.ptrace_scope is 2: only root may; sudo sysctl kernel.yama.ptrace_scope=1";
  if (scope == 1) {
    return "kernel.yama.ptrace_scope is 1 and it is no descendant of this one; sudo sysctl "
           "kernel.yama.ptrace_scope=0";
  }
  return "the kernel refuses (" + std::string(std::strerror(error)) +
         "): a container's seccomp profile or a security module; allow ptrace (docker: --cap-add SYS_PTRACE)";
}

}  // namespace prof::record
