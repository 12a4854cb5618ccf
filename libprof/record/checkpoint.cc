#include "libprof/record/checkpoint.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace prof::record {

Checkpoint::~Checkpoint() { finish(); }

void Checkpoint::start(const std::function<bool()>& write) {
  pid_ = ::fork();
  if (pid_ == 0) ::_exit(write() ? 0 : 1);
  has_failed_ = pid_ < 0;
}

std::optional<bool> Checkpoint::outcome() { return wait(WNOHANG); }

std::optional<bool> Checkpoint::finish() { return wait(0); }

std::optional<bool> Checkpoint::wait(int options) {
  if (std::exchange(has_failed_, false)) return false;
  if (pid_ <= 0) return std::nullopt;
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(pid_, &status, options)) < 0 && errno == EINTR) {
  }
  if (ended == 0) return std::nullopt;
  const bool is_waited_for = std::exchange(pid_, 0) == ended;
  return is_waited_for && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace prof::record
