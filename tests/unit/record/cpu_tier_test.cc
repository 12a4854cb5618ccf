#include "libprof/record/cpu_tier.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

using namespace prof::record;

TEST_CASE("the tier that ran is told with its precision") {
  struct Case {
    CpuTier tier;
    const char* text;
  };
  const Case cases[] = {
      {{3, 0, 0}, "perf: user code at 20000 Hz, time in the kernel at {} Hz"},
      {{3, 2, 0}, "perf: user code at 20000 Hz, time in the kernel at {} Hz; 2 threads without perf"},
      {{3, 0, 1},
       "perf: user code at 20000 Hz, time in the kernel at {} Hz, all where the program took SIGPROF"},
      {{0, 0, 1}, "CPU timers: places at {} Hz, totals exact"},
  };
  for (const Case& one : cases) {
    CHECK(describe_tier(20000, one.tier) == fmt::format(fmt::runtime(one.text), timer_hz()));
    CHECK(describe_tier(timer_hz(), one.tier) == "");
  }
}
