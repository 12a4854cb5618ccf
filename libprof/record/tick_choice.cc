#include "libprof/record/tick_choice.h"

namespace prof::record {

TickChoice::Use TickChoice::next(uint64_t thread) {
  if (ticks_a_period_ == 1) return Use::kSample;
  Thread& state = threads_[thread];
  if (state.ticks == 0) state.chosen = draw(ticks_a_period_);
  const uint32_t tick = state.ticks++;
  const bool is_first = !state.is_past_first;
  if (state.ticks == ticks_a_period_) {
    state.ticks = 0;
    state.is_past_first = true;
  }
  // Each of those that there were by now with the same chance (reservoir sampling).
  if (is_first && of_every_thread_) return draw(tick + 1) == 0 ? Use::kCandidate : Use::kNone;
  return tick == state.chosen ? Use::kSample : Use::kNone;
}

}  // namespace prof::record
