// The two sides of the demo's benchmark comparison: the same table as std::map (old) and as
// std::unordered_map (new).
#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

#ifdef DEMO_HASH
using Table = std::unordered_map<std::string, int>;
#else
using Table = std::map<std::string, int>;
#endif

std::vector<std::string> words(int64_t count) {
  std::vector<std::string> all;
  for (int64_t i = 0; i < count; i++) all.push_back("word" + std::to_string(i * 7919 % count));
  return all;
}

void BM_Insert(benchmark::State& state) {
  const auto all = words(state.range(0));
  for (auto _ : state) {
    Table table;
    for (const auto& word : all) table[word]++;
    benchmark::DoNotOptimize(table.size());
  }
}
BENCHMARK(BM_Insert)->Arg(100)->Arg(10000);

void BM_Find(benchmark::State& state) {
  const auto all = words(state.range(0));
  Table table;
  for (const auto& word : all) table[word]++;
  for (auto _ : state) {
    int sum = 0;
    for (const auto& word : all) sum += table.find(word)->second;
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(BM_Find)->Arg(100)->Arg(10000);

}  // namespace

BENCHMARK_MAIN();
