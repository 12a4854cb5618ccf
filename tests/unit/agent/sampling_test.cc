// The parts of sampling that are pure: gaps, the live table, the configuration, the buffer pool.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "libprof/agent/config.h"
#include "libprof/agent/live_table.h"
#include "libprof/agent/poisson.h"
#include "libprof/agent/pool.h"
#include "tests/support/heap_sampling.h"

using namespace prof::agent;

TEST_CASE("negative_log is -ln within 1e-8") {
  for (const double x : {0x1.fffffffffffffp-1, 0.999999, 0.75, 0.5, 0.3, 1e-3, 1e-9, 0x1p-53, 0x1p-64}) {
    const double log = static_cast<double>(negative_log(static_cast<uint64_t>(x * 0x1p64))) * 0x1p-57;
    CHECK(log == Approx(-std::log(x)).margin(1e-8));
  }
  CHECK(negative_log(UINT64_MAX) < 1e-8 * 0x1p57);
}

TEST_CASE("gaps of a mean so large that they overflow were negative") {
  Random random(1);
  for (int i = 0; i < 1000; ++i) CHECK(next_gap(random, UINT64_MAX / 2) > 0);
}

// Seeds are fixed, so this either passes always or never; a correct sampler with random seeds would fail a
// bound of 5 standard errors once in 1.7 million.
TEST_CASE("blocks are sampled with probability 1 - exp(-(size + 1) / mean)") {
  struct Case {
    uint64_t size;
    int blocks;
  };
  constexpr uint64_t kMean = 4096;
  for (const Case& c : {Case{16, 2000000}, Case{1000, 400000}, Case{4096, 200000}, Case{20000, 100000}}) {
    for (const uint64_t seed : {1u, 2u, 3u}) {
      prof::test::HeapSampling sampling(seed, kMean);
      int sampled = 0;
      for (int i = 0; i < c.blocks; ++i) sampled += sampling.takes(c.size);
      const double p = 1 - std::exp(-static_cast<double>(c.size + 1) / kMean);
      const double error = std::sqrt(p * (1 - p) * c.blocks);
      INFO("size " << c.size << " seed " << seed);
      CHECK(std::abs(sampled - p * c.blocks) < 5 * error);
    }
  }
}

// Of which the handler drew, too, from the sequence of the thread that it interrupted.
TEST_CASE("a shared sequence is drawn from once, whoever draws") {
  constexpr int kDraws = 10'000;
  Random expected(7);
  SharedRandom shared;
  shared.seed(7);
  std::multiset<uint64_t> all, drawn[2];
  for (int i = 0; i < 2 * kDraws; ++i) all.insert(expected.below(UINT64_MAX));
  const auto draw = [&](std::multiset<uint64_t>& into) {
    for (int i = 0; i < kDraws; ++i) into.insert(shared.below(UINT64_MAX));
  };
  std::thread other(draw, std::ref(drawn[0]));
  draw(drawn[1]);
  other.join();
  drawn[0].merge(drawn[1]);
  CHECK(drawn[0] == all);
}

TEST_CASE("the live table gives each block's number back once") {
  constexpr uint32_t kCapacity = 1 << 16;
  const std::unique_ptr<void, decltype(&std::free)> memory(std::calloc(kCapacity, LiveTable::kBlockSize),
                                                           std::free);
  LiveTable table;
  table.use(memory.get(), kCapacity);
  CHECK_FALSE(table.may_hold(0x1000));
  for (uint64_t i = 1; i <= 10000; ++i) REQUIRE(table.insert(i * 48, i));
  for (uint64_t i = 1; i <= 10000; ++i) REQUIRE(table.may_hold(i * 48));
  CHECK(table.take(8) == 0);
  for (uint64_t i = 1; i <= 10000; ++i) REQUIRE(table.take(i * 48) == i);
  CHECK(table.take(48) == 0);
  CHECK_FALSE(table.may_hold(48));
}

TEST_CASE("the live table keeps count under threads that own different blocks") {
  constexpr uint32_t kCapacity = 1 << 16;
  const std::unique_ptr<void, decltype(&std::free)> memory(std::calloc(kCapacity, LiveTable::kBlockSize),
                                                           std::free);
  LiveTable table;
  table.use(memory.get(), kCapacity);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 50; ++round) {
        for (uint64_t i = 1; i < 200; ++i) wrong += table.insert((i * 4 + t) * 16, i * 4 + t) ? 0 : 1;
        for (uint64_t i = 1; i < 200; ++i) wrong += table.take((i * 4 + t) * 16) == i * 4 + t ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  for (uint64_t page = 0; page < 10; ++page) CHECK_FALSE(table.may_hold(page << 12));
}

TEST_CASE(
    "buffers are claimed once each, refused when all are taken, and passages tell old holders from new") {
  auto memory = std::make_unique<BufferPool::Buffer[]>(BufferPool::kBuffers);
  BufferPool few;
  CHECK(few.claim() == -1);
  few.use(memory.get(), 2);
  CHECK(few.claim() + few.claim() == 1);
  CHECK(few.claim() == -1);
  BufferPool pool;
  pool.use(memory.get(), BufferPool::kBuffers);
  std::set<int> claimed;
  for (int i = 0; i < BufferPool::kBuffers; ++i) claimed.insert(pool.claim());
  CHECK(claimed.size() == BufferPool::kBuffers);
  CHECK(pool.claim() == -1);
  for (int i = 1; i < BufferPool::kBuffers; ++i) pool.release(i);
  const BufferPool::Passage passage = pool.passage();
  CHECK_FALSE(pool.has_passed(passage));
  pool.release(0);
  CHECK(pool.has_passed(passage));
  REQUIRE(pool.claim() == 0);
  CHECK(pool.has_passed(passage));
  CHECK_FALSE(pool.idle());
}

TEST_CASE("the configuration takes what it knows and leaves defaults for the rest") {
  const auto defaults = parse_config("");
  CHECK(defaults.directory.length() == 0);
  CHECK(defaults.kinds == 1);
  const auto config =
      parse_config("dir=/tmp/x;kinds=heap,mutex,later;heap=65536;cpu=bad;ring=100000;colour=red;mutex=0");
  CHECK(std::string(config.directory.c_str()) == "/tmp/x");
  CHECK(config.kinds == 6);
  CHECK(config.periods[0] == prof::kKinds[0].default_period);
  CHECK(config.periods[1] == 65536);
  CHECK(config.periods[2] == prof::kKinds[2].default_period);
  CHECK(config.ring_size == 1 << 17);
  CHECK(config.max_memory == prof::spool::kDefaultMaxMemory);
  CHECK(parse_config("memory=9000000").max_memory == 9000000);
  for (const char* text :
       {";;;", "=", "dir", "dir=;kinds=", "kinds=,,cpu,", "heap=99999999999999999999999"}) {
    INFO(text);
    CHECK(parse_config(text).periods[1] == prof::kKinds[1].default_period);
  }
}
