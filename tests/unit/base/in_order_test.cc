#include "libprof/base/in_order.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <new>
#include <set>
#include <thread>

using prof::for_each_in_order;

TEST_CASE("for_each_in_order hands over each piece once, in order, whatever the number of threads") {
  for (const size_t count : {0, 1, 7, 500}) {
    for (const size_t threads : {0, 1, 2, 5}) {
      CAPTURE(count, threads);
      std::atomic<size_t> made = 0;
      std::vector<size_t> taken;
      for_each_in_order(
          count, threads,
          [&](size_t i) {
            made++;
            return 2 * i;
          },
          [&](size_t i, size_t result) {
            CHECK(result == 2 * i);
            taken.push_back(i);
            return true;
          });
      CHECK(made == count);
      REQUIRE(taken.size() == count);
      for (size_t i = 0; i < count; i++) CHECK(taken[i] == i);
    }
  }
}

TEST_CASE("for_each_in_order ends where it is told to, and holds no more than it says") {
  constexpr size_t kThreads = 3, kEnd = 20;
  std::atomic<size_t> taken = 0, most = 0;
  for_each_in_order(
      10'000, kThreads,
      [&](size_t i) {
        // Until it is its turn, `taken` is not above i.
        const size_t ahead = i - taken;
        size_t known = most;
        while (known < ahead && !most.compare_exchange_weak(known, ahead)) {
        }
        return i;
      },
      [&](size_t i, size_t) {
        taken = i + 1;
        return i + 1 < kEnd;
      });
  CHECK(taken == kEnd);
  CHECK(most <= 2 * kThreads);
}

TEST_CASE("for_each_in_order takes the caller's thread for one of its threads") {
  std::mutex mutex;
  std::set<std::thread::id> producers;
  for_each_in_order(
      50, 2,
      [&](size_t i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const std::lock_guard lock(mutex);
        producers.insert(std::this_thread::get_id());
        return i;
      },
      [&](size_t, size_t) { return true; });
  CHECK(producers.count(std::this_thread::get_id()) == 1);
  CHECK(producers.size() <= 2);
}

TEST_CASE("for_each_in_order: what throws ends it, and nothing waits for a piece that never comes") {
  for (const size_t threads : {1, 2, 5}) {
    for (const bool producer_throws : {false, true}) {
      CAPTURE(threads, producer_throws);
      const auto produce = [&](size_t i) {
        if (producer_throws && i == 20) throw std::bad_alloc();
        return i;
      };
      const auto consume = [&](size_t, size_t i) {
        if (!producer_throws && i == 20) throw std::bad_alloc();
        return true;
      };
      CHECK_THROWS_AS(for_each_in_order(1000, threads, produce, consume), std::bad_alloc);
    }
  }
}
