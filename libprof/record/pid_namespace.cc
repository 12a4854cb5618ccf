#include "libprof/record/pid_namespace.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "libprof/base/files.h"

namespace prof::record {
namespace {

// 0 where the kernel does not let us see it.
uint64_t namespace_of(const std::string& process) {
  struct stat status = {};
  return ::stat(("/proc/" + process + "/ns/pid").c_str(), &status) == 0 ? status.st_ino : 0;
}

// Its number in its own namespace, the last in "NSpid:\t4242\t1\n".
uint32_t innermost_pid(const std::string& process) {
  const auto status = read_file("/proc/" + process + "/status", 1 << 16);
  const size_t line = status ? status->find("\nNSpid:") : std::string::npos;
  if (line == std::string::npos) return 0;
  const size_t end = status->find('\n', line + 1), last = status->find_last_of("\t ", end);
  return static_cast<uint32_t>(std::atol(status->c_str() + last + 1));
}

}  // namespace

bool is_foreign(uint64_t pid_namespace) {
  static const uint64_t own = namespace_of("self");
  return pid_namespace != 0 && own != 0 && pid_namespace != own;
}

bool proc_is_ours() {
  char number[32] = {};
  return ::readlink("/proc/self", number, sizeof number - 1) > 0 && std::atol(number) == ::getpid();
}

Found find_process(uint64_t pid_namespace, uint32_t pid) {
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  Found found = {0, processes != nullptr};
  while (processes != nullptr) {
    const dirent* const entry = ::readdir(processes.get());
    if (entry == nullptr) break;
    const auto number = static_cast<uint32_t>(std::atol(entry->d_name));
    if (number == 0) continue;
    const uint64_t inode = namespace_of(entry->d_name);
    if ((inode != 0 && inode != pid_namespace) || innermost_pid(entry->d_name) != pid) continue;
    if (inode == pid_namespace) return {number, true};
    found.is_sure = number == pid && found.is_sure;  // of our own, or it may be the one
  }
  return found;
}

}  // namespace prof::record
