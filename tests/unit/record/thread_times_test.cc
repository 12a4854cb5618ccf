#include "libprof/record/thread_times.h"

#include <algorithm>
#include <catch2/catch.hpp>

using prof::record::ThreadTimes;

TEST_CASE("a thread that events were opened on has what its descendants leave of its count") {
  ThreadTimes times;
  times.forked(11, 10);
  times.forked(12, 11);
  times.forked(21, 20);
  times.ended(11, 3);  // on one CPU
  times.ended(11, 4);  // and on another
  times.ended(21, 5);
  CHECK(times.unended() == std::vector<uint32_t>{12});
  const auto all = times.times({{10, 100}, {20, 6}}, {{12, 50}});
  CHECK(all.size() == 5);
  CHECK(all.at(11) == 7);
  CHECK(all.at(12) == 50);
  CHECK(all.at(10) == 43);
  CHECK(all.at(21) == 5);
  CHECK(all.at(20) == 1);
}

TEST_CASE("where a descendant's time is not known, nor is that of the thread that it inherited from") {
  ThreadTimes times;
  times.forked(11, 10);
  times.forked(12, 11);
  times.forked(21, 20);
  times.ended(21, 5);
  times.ended(12, 1);
  const auto all = times.times({{10, 100}, {20, 6}}, {});
  CHECK_FALSE(all.contains(10));
  CHECK_FALSE(all.contains(11));
  CHECK(all.at(12) == 1);
  CHECK(all.at(20) == 1);
}

TEST_CASE("reused numbers and strangers' children end the search for what a thread inherited from") {
  ThreadTimes times;
  times.forked(11, 12);
  times.forked(12, 11);
  times.forked(31, 30);
  times.ended(11, 3);
  times.ended(12, 4);
  times.ended(31, 9);
  const auto all = times.times({{10, 100}}, {});
  CHECK(all.at(10) == 100);
  CHECK(all.at(31) == 9);
  CHECK(all.size() == 4);
}

TEST_CASE("an exec by another thread than the first left its process with that thread's time alone") {
  ThreadTimes times;
  times.forked(11, 10);
  times.renumbered(11);
  times.ended(10, 6);  // 11, by its new number
  const auto all = times.times({{10, 14}}, {});
  CHECK(times.unended().empty());
  CHECK(all.at(10) == 14);
  CHECK(all.at(11) == 0);
}
