#include "libprof/record/weigh.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using prof::Kind;
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

// Samples a stream of blocks exactly as the agent does: a countdown of exponentially distributed length, less
// size + 1 a block. The estimates over 30 runs of a stream must lie within 4 standard errors of the truth,
// for sizes far below, near and far above the interval.
TEST_CASE("heap samples estimate the number and the bytes of blocks of every size without bias") {
  const double interval = 65536;
  const double size = GENERATE(0.0, 16.0, 1000.0, 65536.0, 1e6);
  INFO("size " << size);
  const int blocks = size < 1000 ? 200'000 : 20'000;
  std::mt19937_64 random(42);
  std::exponential_distribution<double> distance(1 / interval);
  double sum = 0, squares = 0, bytes = 0;
  constexpr int kRuns = 30;
  for (int run = 0; run < kRuns; run++) {
    double left = distance(random), estimate = 0;
    for (int i = 0; i < blocks; i++) {
      left -= size + 1;
      if (left > 0) continue;
      const Values values = weigher(Kind::k_heap).weigh(1, size, interval);
      estimate += values[0];
      bytes += values[1];
      left = distance(random);
    }
    sum += estimate;
    squares += estimate * estimate;
  }
  const double mean = sum / kRuns;
  const double error = std::sqrt((squares / kRuns - mean * mean) / kRuns);
  CHECK(std::fabs(mean - blocks) < 4 * error + 1e-6 * blocks);
  CHECK(bytes == Approx(sum * size));
}
