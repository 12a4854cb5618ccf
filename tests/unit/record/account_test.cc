#include "libprof/record/account.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

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
  Recording chance = of(10, 10, 8, 100);
  chance.profiles.cpu_error_ns = 1.1e9;
  CHECK(cpu_account(chance).unsampled == 0);
  Recording heap = of(10, 10, 8, 100);
  heap.profiles.kinds[0].kind = Kind::k_heap;
  CHECK(cpu_account(heap).unsampled == 0);
}

// Its three threads have few samples, but few periods to be wrong by.
TEST_CASE("a third of the CPU time of a short program was missing, and nothing was said") {
  Recording recording = of(0, 0.204, 0.13, 13);
  recording.profiles.cpu_error_ns = std::sqrt(cpu_variance(204e6, 3, 10e6));
  CHECK(cpu_account(recording).unsampled == Approx(0.074));
}

// Seeds are fixed. Of threads of random lengths, each with its first sample at a random moment of its first
// period; by whole processes, whose threads' own times are not known. Two standard errors are to be exceeded
// on one side in less than 2.3% of the runs, four standard errors of which are allowed.
TEST_CASE("what chance takes from the CPU time of short programs is rarely told") {
  struct Shape {
    int processes, threads;
    double least, most;  // ns of a thread
  };
  constexpr double kPeriod = 10e6;
  constexpr int kRuns = 2'000;
  for (const Shape& shape : {Shape{20, 1, 1e6, 3e6},
                             {100, 1, 1e6, 9e6},
                             {1, 400, 5e6, 5e6},
                             {1, 16, 55e6, 55e6},
                             {50, 1, 15e6, 15e6},
                             {1'000, 1, 2e6, 2e6}}) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution length(shape.least, shape.most), phase(0., kPeriod);
    int told = 0;
    for (int run = 0; run < kRuns; run++) {
      double used = 0, seen = 0, variance = 0;
      for (int process = 0; process < shape.processes; process++) {
        double of_process = 0;
        for (int thread = 0; thread < shape.threads; thread++) {
          const double ns = length(random);
          of_process += ns;
          seen += kPeriod * std::floor((ns - phase(random)) / kPeriod + 1);
        }
        used += of_process;
        variance += cpu_variance(of_process, shape.threads, kPeriod);
      }
      Recording recording = of(0, used / 1e9, seen / 1e9, 1);
      recording.profiles.cpu_error_ns = std::sqrt(variance);
      told += cpu_account(recording).unsampled > 0;
    }
    INFO(shape.processes << " processes of " << shape.threads << " threads");
    CHECK(told < kRuns * 0.023 + 4 * std::sqrt(kRuns * 0.023));
  }
}

TEST_CASE("samples that were dropped, and threads that no hook sees, were said to be start-up and exit") {
  Recording recording = of(10, 10, 6, 600);
  recording.profiles.kinds[0].lost_weight = 390;
  CHECK(cpu_account(recording).dropped == Approx(3.9));
  CHECK(cpu_account(recording).unsampled == 0);
  recording.profiles.kinds[0].lost_weight = 0;
  CHECK(cpu_account(recording).unsampled == Approx(4));
  CHECK_FALSE(cpu_account(recording).may_be_start_up);
  recording.profiles.processes = 100;
  CHECK(cpu_account(recording).may_be_start_up);
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
