#include "libprof/record/weigh.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/heap_sampling.h"

using prof::Kind;
using prof::record::size_class;
using prof::record::Values;
using prof::record::weigher;

TEST_CASE("a CPU sample stands for its timer's expiries") {
  const Values values = weigher(Kind::k_cpu).weigh(3, 0, 4e6);
  CHECK(values[0] == 3);
  CHECK(values[1] == 12e6);
}

TEST_CASE("a long wait stands for itself, a short one for all that were passed over") {
  const auto& mutex = weigher(Kind::k_mutex);
  CHECK(mutex.weigh(1, 50'000, 10'000)[0] == 1);
  CHECK(mutex.weigh(1, 50'000, 10'000)[1] == 50'000);
  CHECK(mutex.weigh(1, 1'000, 10'000)[0] == Approx(10));
  CHECK(mutex.weigh(1, 1'000, 10'000)[1] == Approx(10'000));
  CHECK(std::isfinite(mutex.weigh(1, 0, 10'000)[0]));
}

TEST_CASE("sizes of one class differ by a quarter at most, and its name is the largest of them") {
  for (const auto& [size, is_in] : {std::pair{0u, 1u},
                                    {1u, 1u},
                                    {8u, 8u},
                                    {9u, 10u},
                                    {16u, 16u},
                                    {17u, 20u},
                                    {1000u, 1024u},
                                    {1025u, 1280u}}) {
    CHECK(size_class(size) == is_in);
  }
  for (uint64_t size = 1; size < 100'000; size++) {
    const uint64_t largest = size_class(size);
    if (size > largest || largest * 4 > size * 5 || size_class(largest) != largest) FAIL(size);
  }
  CHECK(size_class(uint64_t{3} << 61) == uint64_t{3} << 61);
}

// Samples as the agent does. The estimates over 30 threads with a stream of blocks each must lie within 4
// standard errors of the truth, for sizes far below, near and far above the interval.
TEST_CASE("heap samples estimate the number and the bytes of blocks of every size without bias") {
  constexpr uint64_t kInterval = 65536;
  const uint64_t size = GENERATE(0u, 16u, 1000u, 65536u, 1'000'000u);
  INFO("size " << size);
  const int blocks = size < 1000 ? 200'000 : 20'000;
  double sum = 0, squares = 0, bytes = 0;
  constexpr int kRuns = 30;
  for (int run = 0; run < kRuns; run++) {
    prof::test::HeapSampling sampling(static_cast<uint64_t>(42 + run), kInterval);
    double estimate = 0;
    for (int i = 0; i < blocks; i++) {
      if (!sampling.takes(size)) continue;
      const Values values = weigher(Kind::k_heap).weigh(1, static_cast<double>(size), kInterval);
      estimate += values[0];
      bytes += values[1];
    }
    sum += estimate;
    squares += estimate * estimate;
  }
  const double mean = sum / kRuns;
  const double error = std::sqrt((squares / kRuns - mean * mean) / kRuns);
  CHECK(std::fabs(mean - blocks) < 4 * error + 1e-6 * blocks);
  CHECK(bytes == Approx(sum * static_cast<double>(size)));
}
