// A small generator for sampling decisions: splitmix64 (Steele, Lea, Flood 2014). In integers, as are all who
// draw from it: they run in the target's own floating-point state, where an inexact result sets a flag that
// the target reads, or traps. Freestanding.
#pragma once

#include <atomic>
#include <cstdint>

namespace prof::agent {

__extension__ using Product = unsigned __int128;

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
  // Uniform in [0, bound).
  constexpr uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>(static_cast<Product>(next()) * bound >> 64);
  }

 private:
  uint64_t state_ = 0;
};

// One such sequence from which all draw. Called from: anywhere. Never blocks.
class SharedRandom {
 public:
  void seed(uint64_t seed) { state_.store(seed, std::memory_order_relaxed); }
  uint64_t below(uint64_t bound) {
    return Random(state_.fetch_add(Random::kStep, std::memory_order_relaxed)).below(bound);
  }

 private:
  std::atomic<uint64_t> state_ = 0;  // every draw is its own; the order does not matter
};

}  // namespace prof::agent
