// Which blocks the agent samples, as libprof/agent/heap.h and heap.cc decide it, without their hooks.
#pragma once

#include <cstdint>

#include "libprof/agent/poisson.h"

namespace prof::test {

class HeapSampling {
 public:
  HeapSampling(uint64_t seed, uint64_t mean) : random_(seed), mean_(mean) {}

  bool takes(uint64_t size) {
    if (!is_drawn_) countdown_ = draw();  // at a thread's first block, which is weighed against it
    is_drawn_ = true;
    countdown_ -= static_cast<int64_t>(size) + 1;
    if (countdown_ >= 0) return false;
    countdown_ = draw();
    return true;
  }

 private:
  int64_t draw() { return agent::next_gap(random_, mean_); }

  agent::Random random_;
  uint64_t mean_;
  bool is_drawn_ = false;
  int64_t countdown_ = 0;
};

}  // namespace prof::test
