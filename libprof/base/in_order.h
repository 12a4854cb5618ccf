// Work of many pieces on several threads whose results are wanted in the pieces' order, and never many at
// once.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace prof {

// Calls produce(i), i < count, on up to `threads` threads at a time, and consume(i, result) in order on the
// caller's. At most twice `threads` results are held or being made. consume() returns false to end early; the
// pieces in work are then waited for. Neither may throw.
template <typename Produce, typename Consume>
void for_each_in_order(size_t count, size_t threads, Produce&& produce, Consume&& consume) {
  using T = decltype(produce(size_t{0}));
  threads = std::clamp<size_t>(threads, 1, std::max<size_t>(count, 1));
  if (threads == 1) {
    for (size_t i = 0; i < count; i++) {
      if (!consume(i, produce(i))) return;
    }
    return;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<T>> results(count);
  size_t next = 0, consumed = 0;
  bool is_over = false;
  const auto work = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return is_over || next == count || next < consumed + 2 * threads; });
      if (is_over || next == count) return;
      const size_t own = next++;
      lock.unlock();
      T result = produce(own);
      lock.lock();
      results[own].emplace(std::move(result));
      changed.notify_all();
    }
  };
  std::vector<std::jthread> workers;
  for (size_t i = 0; i < threads; i++) workers.emplace_back(work);
  for (size_t i = 0; i < count; i++) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return results[i].has_value(); });
    T result = std::move(*results[i]);
    results[i].reset();
    lock.unlock();
    const bool goes_on = consume(i, std::move(result));
    lock.lock();
    consumed = i + 1;
    is_over = !goes_on;
    changed.notify_all();
    if (is_over) return;
  }
}

}  // namespace prof
