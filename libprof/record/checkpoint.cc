#include "libprof/record/checkpoint.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace prof::record {

Checkpoint::~Checkpoint() {
  while (pid_ > 0 && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Checkpoint::start(const std::function<bool()>& write) {
  pid_ = ::fork();
  if (pid_ == 0) ::_exit(write() ? 0 : 1);
  has_failed_ = pid_ < 0;
}

std::optional<bool> Checkpoint::outcome() {
  if (std::exchange(has_failed_, false)) return false;
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = 0;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace prof::record
