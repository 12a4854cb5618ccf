// Holds a request to its time. Timeouts of sockets begin anew with each byte: a service that sends a line a
// second is never late by them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace prof::fetch {

// Shuts the watched socket down at `deadline`: what waits for it then fails, be it HTTP, TLS or a proxy's
// answer, or takes it for the end of what was sent: ask `has_fired`.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::steady_clock::time_point deadline);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void watch(int socket);  // in the place of the one before
  bool has_fired();

 private:
  std::mutex mutex_;
  std::condition_variable_any ended_;
  int socket_ = -1;  // a duplicate: the number of what its owner closed may be another file's
  bool has_fired_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace prof::fetch
