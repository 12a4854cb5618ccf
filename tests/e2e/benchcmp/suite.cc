// What the tests compare: two loops, the second of which can be slowed down by SLOW=1 in the environment.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <numeric>
#include <vector>

namespace {

void sum(benchmark::State& state, int repeat) {
  const std::vector<int> values(static_cast<size_t>(state.range(0)), 1);
  for (auto _ : state) {
    for (int i = 0; i < repeat; i++)
      benchmark::DoNotOptimize(std::accumulate(values.begin(), values.end(), 0));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * 4);
  state.counters["repeat"] = repeat;
}

void steady(benchmark::State& state) { sum(state, 1); }
void changed(benchmark::State& state) { sum(state, std::getenv("SLOW") != nullptr ? 3 : 1); }

}  // namespace

BENCHMARK(steady)->Arg(1000);
BENCHMARK(changed)->Arg(1000);
BENCHMARK_MAIN();
