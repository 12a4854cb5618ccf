#include "cmd/prof/waiting.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "cmd/common/output.h"

namespace prof::cmd {

Waiting::Waiting(std::string what, int seconds) {
  if (::isatty(STDERR_FILENO) == 0) return;
  ticker_ = std::jthread([what = std::move(what), seconds](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    for (int tick = 0; !stop.stop_requested(); tick++) {
      const std::string of = seconds > 0 ? fmt::format(" of {}", seconds) : "";
      say("\r\033[K{} ({}{} s)", what, tick, of);
      stopped.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
    say("\r\033[K");
  });
}

Waiting::~Waiting() = default;

}  // namespace prof::cmd
