// Work of many pieces on several threads whose results are wanted in the pieces' order, and never many at
// once.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "libprof/base/thread_pool.h"

namespace prof {

// Calls produce(i), i < count, on up to `threads` threads at a time, and consume(i, result) in order on the
// caller's, which is one of them: it produces where nothing is to be consumed. At most twice `threads`
// results are held or being made. consume() returns false to end early; the pieces in work are then waited
// for, as where one of both throws.
template <typename Produce, typename Consume>
void for_each_in_order(size_t count, size_t threads, Produce&& produce, Consume&& consume) {
  using T = decltype(produce(size_t{0}));
  threads = std::clamp<size_t>(threads, 1, std::max<size_t>(count, 1));
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<T>> results(count);  // under `mutex`, like all that follows
  size_t next = 0, consumed = 0;
  bool is_over = false;
  const auto may_produce = [&] { return next < count && next < consumed + 2 * threads; };
  const auto produce_one = [&](std::unique_lock<std::mutex>& lock) {
    const size_t own = next++;
    lock.unlock();
    T result = produce(own);
    lock.lock();
    results[own].emplace(std::move(result));
    changed.notify_all();
  };
  // What throws ends all: others wait for its result.
  const auto ending_all = [&](const auto& work) {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      is_over = true;
      changed.notify_all();
      throw;
    }
  };
  const auto help = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return is_over || next == count || may_produce(); });
      if (is_over || next == count) return;
      produce_one(lock);
    }
  };
  const auto own = [&] {
    std::unique_lock lock(mutex);
    for (size_t i = 0; i < count && !is_over; i++) {
      while (!results[i]) {
        if (is_over) return;
        if (may_produce()) {
          produce_one(lock);
        } else {
          changed.wait(lock);
        }
      }
      T result = std::move(*results[i]);
      results[i].reset();
      lock.unlock();
      const bool goes_on = consume(i, std::move(result));
      lock.lock();
      consumed = i + 1;
      is_over |= !goes_on;
      changed.notify_all();
    }
  };
  run_with_helpers(
      threads - 1, [&] { ending_all(help); }, [&] { ending_all(own); });
}

}  // namespace prof
