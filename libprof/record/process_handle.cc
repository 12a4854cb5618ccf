#include "libprof/record/process_handle.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>
#include <string>
#include <utility>

#include "libprof/base/files.h"

namespace prof::record {
namespace {

// Below the limit, for the files that are opened and closed meanwhile: processes do not take them, however
// many there are.
constexpr rlim_t kSpareDescriptors = 16;

bool is_spare(int fd) {
  rlimit most = {};
  return ::getrlimit(RLIMIT_NOFILE, &most) == 0 &&
         static_cast<rlim_t>(fd) + kSpareDescriptors >= most.rlim_cur;
}

// In the kernel's ticks since boot, the 22nd word of "4242 (name) S 1 ..."; 0 of a zombie. Nothing where
// /proc does not tell.
std::optional<uint64_t> start_of(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 1 << 16);
  const size_t name = text ? text->rfind(") ") : std::string::npos;
  if (name == std::string::npos) return std::nullopt;
  std::istringstream words(text->substr(name + 2));
  std::string state, skipped;
  words >> state;
  for (int word = 4; word < 22; word++) words >> skipped;
  uint64_t start = 0;
  if (!(words >> start)) return std::nullopt;
  return state == "Z" || state == "X" ? 0 : start;
}

}  // namespace

ProcessHandle::ProcessHandle(pid_t pid)
    : pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
  is_none_ = fd_ < 0 && (errno == ESRCH || errno == EINVAL);  // EINVAL: it is a thread's number
  if (fd_ >= 0 && is_spare(fd_)) ::close(std::exchange(fd_, -1));
  if (fd_ < 0) start_ = start_of(pid);
}

ProcessHandle::ProcessHandle(ProcessHandle&& other) noexcept
    : pid_(other.pid_), fd_(std::exchange(other.fd_, -1)), is_none_(other.is_none_), start_(other.start_) {}

ProcessHandle::~ProcessHandle() {
  if (fd_ >= 0) ::close(fd_);
}

bool ProcessHandle::has_ended() const {
  if (is_none_) return true;
  if (fd_ >= 0) {
    pollfd state = {fd_, POLLIN, 0};
    return ::poll(&state, 1, 0) == 1;
  }
  // Of a child of ours, which is not waited for yet, the kernel tells; of others their number does.
  siginfo_t info = {};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0)
    return info.si_pid != 0;
  if (::kill(pid_, 0) != 0 && errno == ESRCH) return true;
  const auto now = start_of(pid_);
  return now && (*now == 0 || (start_ && *now != *start_));
}

}  // namespace prof::record
