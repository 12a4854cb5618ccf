#include "libprof/fetch/watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace prof::fetch {

Watchdog::Watchdog(std::chrono::steady_clock::time_point deadline)
    : thread_([this, deadline](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        ended_.wait_until(lock, stop, deadline, [] { return false; });
        if (stop.stop_requested()) return;
        has_fired_ = true;
        ::shutdown(socket_, SHUT_RDWR);
      }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
  if (socket_ >= 0) ::close(socket_);
}

void Watchdog::watch(int socket) {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

bool Watchdog::has_fired() {
  const std::lock_guard lock(mutex_);
  return has_fired_;
}

}  // namespace prof::fetch
