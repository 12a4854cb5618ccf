// Which of a thread's ticks become its samples. perf's clock ticks some times a period, and its first tick
// comes when the first of those is over, in every thread alike: one tick of each period is drawn, so that
// samples are as many as were asked for and fall anywhere. A thread that ends in its first period has one,
// too, drawn from the ticks that it had.
#pragma once

#include <cstdint>
#include <random>
#include <unordered_map>

namespace prof::record {

class TickChoice {
 public:
  // With `of_every_thread` a sample's weight is to be its thread's time; else the periods it stands for, and
  // threads that end in their first one have a sample in proportion to their ticks.
  TickChoice(uint32_t ticks_a_period, bool of_every_thread, uint64_t seed)
      : ticks_a_period_(ticks_a_period), of_every_thread_(of_every_thread), random_(seed) {}

  // kCandidate: the thread's first sample, unless another one comes before kSample does.
  enum class Use { kNone, kCandidate, kSample };
  Use next(uint64_t thread);
  void ended(uint64_t thread) { threads_.erase(thread); }

 private:
  struct Thread {
    uint32_t ticks = 0;  // of this period
    uint32_t chosen = 0;
    bool is_past_first = false;
  };
  uint32_t draw(uint32_t count) { return std::uniform_int_distribution<uint32_t>(0, count - 1)(random_); }

  uint32_t ticks_a_period_;
  bool of_every_thread_;
  std::mt19937_64 random_;
  std::unordered_map<uint64_t, Thread> threads_;
};

}  // namespace prof::record
