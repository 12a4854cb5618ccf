#include "cmd/prof/progress.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>

#include "cmd/common/output.h"

namespace prof::cmd {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPatience{300}, kInterval{100};

struct State {
  std::mutex mutex;  // several modules are worked on at a time
  Clock::time_point next = Clock::now() + kPatience;
  bool is_shown = false;
};

}  // namespace

symbols::Progress terminal_progress(const std::string& what) {
  if (::isatty(STDERR_FILENO) == 0) return nullptr;
  return [what, state = std::make_shared<State>()](uint64_t done, uint64_t all) {
    const std::lock_guard<std::mutex> lock(state->mutex);
    if (done >= all) {
      if (state->is_shown) say("\r\033[K");
      state->is_shown = false;
      return;
    }
    if (Clock::now() < state->next) return;
    state->next = Clock::now() + kInterval;
    state->is_shown = true;
    say("\r{} {}%", what, done * 100 / all);
  };
}

}  // namespace prof::cmd
