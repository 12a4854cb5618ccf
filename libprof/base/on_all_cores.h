// Work that falls into independent pieces.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>

#include "libprof/base/thread_pool.h"

namespace prof {

// Calls `work(i)` for each i below `count`, in that order, on as many threads as there are cores; this one is
// one of them. What `work` throws is thrown when all have returned.
template <typename Work>
void on_all_cores(size_t count, const Work& work) {
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  run_with_helpers(std::min(cores, std::max<size_t>(count, 1)) - 1, run, run);
}

}  // namespace prof
