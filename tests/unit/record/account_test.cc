#include "libprof/record/account.h"

#include <catch2/catch.hpp>

using namespace prof::record;
using prof::Kind;

namespace {

Recording of(double used, double told, double seen, uint64_t events) {
  Recording recording;
  recording.usage.ru_utime = {static_cast<time_t>(used), 0};
  recording.profiles.processes = 1;
  recording.profiles.process_cpu_ns = told * 1e9;
  recording.profiles.cpu_seen_ns = seen * 1e9;
  KindProfile cpu;
  cpu.events = events;
  cpu.profile.period = 10'000'000;
  recording.profiles.kinds.push_back(std::move(cpu));
  return recording;
}

}  // namespace

TEST_CASE(
    "what is missing from the CPU time is told where it is much: of recorded processes, and past them") {
  struct Case {
    double used, told, seen;
    double unsampled, unrecorded;
  };
  constexpr Case kCases[] = {
      {10, 10, 10, 0, 0}, {10, 10, 9.6, 0, 0},  // within 5%
      {10, 10, 8, 2, 0},  {10, 6, 6, 0, 4},    {10, 8, 6, 2, 2},
      {10, 11, 6, 5, 0},  // one that nobody waited for told more than the kernel's count has
      {10, 5, 6, 0, 4},   // seen before it was killed, and could not tell
  };
  for (const Case& one : kCases) {
    INFO(one.used << " " << one.told << " " << one.seen);
    const CpuAccount account = cpu_account(of(one.used, one.told, one.seen, 100));
    CHECK(account.used == Approx(std::max(one.used, one.told)));
    CHECK(account.seen == Approx(one.seen));
    CHECK(account.unsampled == Approx(one.unsampled));
    CHECK(account.unrecorded == Approx(one.unrecorded));
  }
  CHECK(cpu_account(of(10, 10, 8, 10'000)).unsampled == 0);  // three standard errors of the count: 3 s
  Recording heap = of(10, 10, 8, 100);
  heap.profiles.kinds[0].kind = Kind::k_heap;
  CHECK(cpu_account(heap).unsampled == 0);
}

TEST_CASE("stacks of all kinds count as truncated") {
  Profiles profiles;
  CHECK(truncated_share(profiles) == 0);
  profiles.kinds.resize(2);
  profiles.kinds[0].events = 30;
  profiles.kinds[0].truncated_events = 1;
  profiles.kinds[1].events = 10;
  profiles.kinds[1].truncated_events = 3;
  CHECK(truncated_share(profiles) == Approx(0.1));
}
