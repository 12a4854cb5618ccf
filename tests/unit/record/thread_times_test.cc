#include "libprof/record/thread_times.h"

#include <catch2/catch.hpp>

using prof::record::ThreadTimes;

TEST_CASE("a thread has its turns on a CPU, the one that goes on up to now") {
  ThreadTimes times;
  times.came(11, 100);
  times.left(11, 130);
  times.came(11, 200);
  times.left(11, 205);
  times.came(12, 300);
  times.runs(12, 350);  // a sample, which tells nothing new
  CHECK(times.running() == std::vector<uint64_t>{12});
  const auto all = times.times(365, 100);
  CHECK(all.size() == 2);
  CHECK(all.at(11) == 35);
  CHECK(all.at(12) == 65);
}

TEST_CASE("a thread that was on a CPU when events were opened on it has that turn") {
  ThreadTimes times;
  for (const uint32_t tid : {10, 11, 12, 13}) times.opened(tid, 1000);
  times.left(10, 1040);
  times.came(11, 1010);  // was not
  times.left(11, 1015);
  times.runs(12, 1030);  // still is
  const auto all = times.times(1055, 100);
  CHECK(all.at(10) == 40);
  CHECK(all.at(11) == 5);
  CHECK(all.at(12) == 55);
  CHECK(all.at(13) == 0);
}

TEST_CASE("where records were lost, all threads together have what was counted") {
  ThreadTimes times;
  times.came(10, 100);  // it left, and came again
  times.came(10, 180);
  times.left(10, 200);
  times.left(10, 900);  // it came before
  times.runs(11, 300);  // it came before
  times.left(11, 310);
  times.left(12, 400);  // it came before, and began then
  times.came(13, 500);  // it ended
  CHECK(times.running() == std::vector<uint64_t>{13});
  times.forget_turn(13);
  const auto all = times.times(2000, 60);
  CHECK(all.at(10) == 40);
  CHECK(all.at(11) == 20);
  CHECK(all.at(12) == 0);
  CHECK(all.at(13) == 0);
}
