// The same work for many things, on all processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace bench {

// Calls work(0) ... work(count - 1), each once, in any order and on any thread; returns when all are done.
template <typename Work>
void for_all(size_t count, const Work& work) {
  std::atomic<size_t> next{0};
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t processors = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<void>> helpers;
  for (size_t i = 1; i < std::min(count, processors); i++)
    helpers.push_back(std::async(std::launch::async, take));
  take();
  for (auto& helper : helpers) helper.get();
}

}  // namespace bench
