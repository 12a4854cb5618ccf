#include "cmd/prof/waiting.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include "cmd/common/output.h"

namespace prof::cmd {

Waiting::Waiting(std::string what, int seconds) {
  if (::isatty(STDERR_FILENO) == 0) return;
  const auto tick = [what = std::move(what), seconds](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    for (int second = 0; !stop.stop_requested(); second++) {
      const std::string of = seconds > 0 ? fmt::format(" of {}", seconds) : "";
      say_instead(fmt::format("{} ({}{} s)", what, second, of));
      stopped.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
    say_instead("");
  };
  try {
    ticker_ = std::jthread(tick);
  } catch (const std::system_error&) {  // no thread can be made: nothing is drawn
  }
}

Waiting::~Waiting() = default;

}  // namespace prof::cmd
