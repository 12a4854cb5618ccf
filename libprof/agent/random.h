// A small generator for sampling decisions: splitmix64 (Steele, Lea, Flood 2014). Freestanding.
#pragma once

#include <atomic>
#include <cstdint>

namespace prof::agent {

class Random {
 public:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
  constexpr Random() = default;
  constexpr explicit Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t next() {
    uint64_t z = state_ += kStep;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  // Uniform in (0, 1].
  constexpr double unit() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }

 private:
  uint64_t state_ = 0;
};

// One such sequence from which all draw. Called from: anywhere. Never blocks.
class SharedRandom {
 public:
  void seed(uint64_t seed) { state_.store(seed, std::memory_order_relaxed); }
  double unit() { return Random(state_.fetch_add(Random::kStep, std::memory_order_relaxed)).unit(); }

 private:
  std::atomic<uint64_t> state_ = 0;  // every draw is its own; the order does not matter
};

}  // namespace prof::agent
