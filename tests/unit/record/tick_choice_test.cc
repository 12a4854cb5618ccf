#include "libprof/record/tick_choice.h"

#include <catch2/catch.hpp>
#include <vector>

using prof::record::TickChoice;
using Use = TickChoice::Use;

TEST_CASE("one tick of each period is a sample, each as often") {
  TickChoice choice(4, false, 1);
  std::vector<int> at(4);
  for (int period = 0; period < 4000; ++period) {
    int samples = 0;
    for (size_t tick = 0; tick < 4; ++tick) {
      if (choice.next(7) != Use::kSample) continue;
      samples++;
      at[tick]++;
    }
    REQUIRE(samples == 1);
  }
  for (const int count : at) CHECK(count == Approx(1000).margin(150));  // 5.5 sigma
}

// Its time was [not sampled]: the first period passed before the first sample.
TEST_CASE("a thread that ends in its first period has one sample, of any of its ticks") {
  TickChoice choice(4, true, 1);
  std::vector<int> at(3);
  for (uint64_t thread = 0; thread < 3000; ++thread) {
    size_t latest = 3;
    for (size_t tick = 0; tick < 3; ++tick) {
      const Use use = choice.next(thread);
      CHECK(use != Use::kSample);
      if (use == Use::kCandidate) latest = tick;
    }
    REQUIRE(latest < 3);
    at[latest]++;
    choice.ended(thread);
  }
  for (const int count : at) CHECK(count == Approx(1000).margin(150));
}

TEST_CASE("a thread's later periods have samples of their own behind its first one's") {
  TickChoice choice(2, true, 1);
  for (int i = 0; i < 100; ++i) {
    CHECK(choice.next(3) == Use::kCandidate);  // the first of all
    choice.next(3);
    int samples = 0;
    for (int tick = 0; tick < 20; ++tick) samples += choice.next(3) == Use::kSample ? 1 : 0;
    CHECK(samples == 10);
    choice.ended(3);
  }
  TickChoice every(1, true, 1);
  CHECK(every.next(1) == Use::kSample);
}
