#include "cmd/prof/progress.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>

#include "cmd/common/output.h"

namespace prof::cmd {
namespace {

constexpr std::chrono::milliseconds kPatience{300}, kInterval{100};

// Draws by a thread of its own: a download reports nothing for a while, and the user waits all the same.
class Line {
 public:
  explicit Line(std::string what)
      : what_(std::move(what)), thread_([this](const std::stop_token& stop) { draw(stop); }) {}

  // Called from any thread.
  void set(uint64_t done, uint64_t all) { percent_ = done * 100 / std::max<uint64_t>(all, 1); }

 private:
  void draw(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto has_stopped_within = [&](std::chrono::milliseconds time) {
      stopped_.wait_for(lock, stop, time, [] { return false; });
      return stop.stop_requested();
    };
    if (has_stopped_within(kPatience)) return;
    do say_instead(fmt::format("{} {}%", what_, percent_.load()));
    while (!has_stopped_within(kInterval));
    say_instead("");
  }

  std::string what_;
  std::atomic<uint64_t> percent_ = 0;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

// Copies of one function share it. It begins with the first call: before that there may be a fork.
struct State {
  std::once_flag begun;
  std::unique_ptr<Line> line;
};

}  // namespace

symbols::Progress terminal_progress(const std::string& what) {
  if (::isatty(STDERR_FILENO) == 0) return nullptr;
  return [what, state = std::make_shared<State>()](uint64_t done, uint64_t all) {
    std::call_once(state->begun, [&] {
      try {
        state->line = std::make_unique<Line>(what);
      } catch (const std::system_error&) {  // no thread can be made: nothing is drawn
      }
    });
    if (state->line) state->line->set(done, all);
  };
}

}  // namespace prof::cmd
