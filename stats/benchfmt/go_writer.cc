#include "stats/benchfmt/go_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "stats/benchmath/median.h"

namespace bench {

std::string go_name(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) <= ' ') c = '_';
  }
  return text;
}

std::string unit_lines(const UnitMetadata& units) {
  std::string text;
  units.for_each([&](const std::string& unit, const std::string& key, const std::string& value) {
    text += "Unit " + go_name(unit) + " " + key + "=" + value + "\n";
  });
  return text;
}

void RunCollector::result(const Result& result) {
  std::string config;
  for (const auto& entry : result.config->entries()) {
    if (entry.is_file) config += entry.key + ": " + entry.value + "\n";
  }
  const std::string name = go_name(result.name);
  const auto same = [&](const Benchmark& other) { return other.name == name && other.config == config; };
  auto found = std::find_if(benchmarks_.rbegin(), benchmarks_.rend(), same);
  if (found == benchmarks_.rend()) {
    benchmarks_.push_back({config, name, 0, {}});
    found = benchmarks_.rbegin();
  }
  found->iterations += result.iterations;
  for (const Value& value : result.values) {
    const std::string unit = go_name(value.unit);
    auto of = std::find_if(found->units.begin(), found->units.end(),
                           [&](const Unit& other) { return other.name == unit; });
    if (of == found->units.end()) of = found->units.insert(of, {unit, {}});
    of->values.push_back(value.value);
  }
}

std::string RunCollector::text() const {
  std::string text, config;
  for (const Benchmark& benchmark : benchmarks_) {
    if (benchmark.config != config) text += config = benchmark.config;
    text += "Benchmark" + benchmark.name + " " + std::to_string(std::max<int64_t>(1, benchmark.iterations));
    for (const Unit& unit : benchmark.units) {
      std::vector<double> sorted = unit.values;
      std::sort(sorted.begin(), sorted.end());
      // 15 digits: what tidying 7 ns adds to 7e-09 stands behind them.
      text += fmt::format(" {:.15g} {}", median(sorted), unit.name);
    }
    text += "\n";
  }
  return text;
}

}  // namespace bench
