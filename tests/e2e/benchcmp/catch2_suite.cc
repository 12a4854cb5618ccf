// The Catch2 program of the recipe for CI: a steady benchmark, and one that SLOW=1 makes three times as long.
#define CATCH_CONFIG_MAIN
#define CATCH_CONFIG_ENABLE_BENCHMARKING
#include <catch2/catch.hpp>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace {

int sum(const std::vector<int>& values, int repeat) {
  int total = 0;
  for (int i = 0; i < repeat; i++) total ^= std::accumulate(values.begin(), values.end(), i);
  return total;
}

}  // namespace

TEST_CASE("sums") {
  const std::vector<int> values(10000, 1);
  const int repeat = std::getenv("SLOW") != nullptr ? 3 : 1;
  BENCHMARK("steady") { return sum(values, 1); };
  BENCHMARK("changed") { return sum(values, repeat); };
}
