// Work on all processors whose results are taken in order; the caller works, too, where nothing is to be
// taken.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace bench {

// Calls take(work(0)), take(work(1)), ... one after the other on the calling thread; work(i) runs on any
// thread, at most `ahead` before what is being taken. Neither may throw.
template <typename Work, typename Take>
void for_all_in_order(size_t count, size_t ahead, const Work& work, const Take& take) {
  std::vector<std::optional<std::invoke_result_t<Work, size_t>>> made(count);
  std::mutex mutex;
  std::condition_variable changed;
  size_t next = 0, taken = 0;  // under `mutex`, like `made` until it is this thread's turn to take it
  const auto make_one = [&](std::unique_lock<std::mutex>& lock) {
    const size_t i = next++;
    lock.unlock();
    auto result = work(i);
    lock.lock();
    made[i] = std::move(result);
    changed.notify_all();
  };
  const auto may_make = [&] { return next < count && next < taken + ahead; };
  const auto help = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return next >= count || may_make(); });
      if (next >= count) return;
      make_one(lock);
    }
  };
  const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<void>> helpers;
  for (size_t i = 1; i < std::min(count, processors); i++)
    helpers.push_back(std::async(std::launch::async, help));
  std::unique_lock<std::mutex> lock(mutex);
  for (; taken < count; taken++, changed.notify_all()) {
    while (!made[taken]) {
      if (may_make()) {
        make_one(lock);
      } else {
        changed.wait(lock);
      }
    }
    const auto result = std::exchange(made[taken], std::nullopt);
    lock.unlock();
    take(*result);
    lock.lock();
  }
  lock.unlock();
  for (auto& helper : helpers) helper.get();
}

}  // namespace bench
