#include "stats/benchfmt/go_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/benchmath/median.h"
#include "stats/text/unicode.h"

namespace bench {

std::string go_name(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const Rune rune = decode_rune(name);
    const bool is_blank = rune.code <= ' ' || is_space(rune.code);
    text += is_blank ? "_" : name.substr(0, rune.size);
    name.remove_prefix(rune.size);
  }
  return text;
}

std::string pair_line(size_t pair) { return fmt::format("# pair {} of benchcmp run\n", pair); }

std::string unit_lines(const UnitMetadata& units) {
  std::string text;
  units.for_each([&](const std::string& unit, const std::string& key, const std::string& value) {
    text += "Unit " + go_name(unit) + " " + key + "=" + value + "\n";
  });
  return text;
}

RunCollector::Config RunCollector::config_of(const Configuration& configuration) {
  Config config;
  for (const auto& entry : configuration.entries()) {
    if (entry.is_file) config.emplace_back(entry.key, entry.value);
  }
  return config;
}

// An empty value deletes a key.
std::string RunCollector::change(const Config& from, const Config& to) {
  std::string text;
  for (const auto& [key, value] : from) {
    if (std::none_of(to.begin(), to.end(),
                     [&, &name = key](const auto& other) { return other.first == name; }))
      text += key + ":\n";
  }
  for (const auto& entry : to) {
    if (std::find(from.begin(), from.end(), entry) == from.end())
      text += entry.first + ": " + entry.second + "\n";
  }
  return text;
}

void RunCollector::result(const Result& result) {
  const Config config = config_of(*result.config);
  const std::string name = go_name(result.name);
  const auto [place, is_new] = index_.try_emplace(change({}, config) + name, benchmarks_.size());
  if (is_new) benchmarks_.push_back({config, name, {}, 0, {}});
  Benchmark* found = &benchmarks_[place->second];
  found->spellings.emplace(result.name);
  found->iterations += result.iterations;
  for (const Value& value : result.values) {
    const std::string unit = go_name(value.unit);
    auto of = std::find_if(found->units.begin(), found->units.end(),
                           [&](const Unit& other) { return other.name == unit; });
    if (of == found->units.end()) of = found->units.insert(of, {unit, {}, 0});
    if (std::isnan(value.value)) {
      of->not_numbers++;
    } else {
      of->values.push_back(value.value);
    }
  }
}

std::vector<std::string> RunCollector::not_numbers() const {
  std::vector<std::string> places;
  for (const Benchmark& benchmark : benchmarks_) {
    for (const Unit& unit : benchmark.units) {
      if (unit.not_numbers > 0 && !unit.values.empty()) places.push_back(benchmark.name + " " + unit.name);
    }
  }
  return places;
}

std::vector<std::string> RunCollector::merged() const {
  std::vector<std::string> names;
  for (const Benchmark& benchmark : benchmarks_) {
    if (benchmark.spellings.size() < 2) continue;
    std::string all;
    for (const std::string& spelling : benchmark.spellings)
      all += (all.empty() ? "" : " and ") + quote(spelling);
    names.push_back(std::move(all));
  }
  return names;
}

std::string RunCollector::text(const Configuration& around) const {
  std::string text;
  const Config outside = config_of(around);
  const Config* config = &outside;
  for (const Benchmark& benchmark : benchmarks_) {
    text += change(*config, benchmark.config);
    config = &benchmark.config;
    text += "Benchmark" + benchmark.name + " " + std::to_string(std::max<int64_t>(1, benchmark.iterations));
    for (const Unit& unit : benchmark.units) {
      std::vector<double> sorted = unit.values;
      std::sort(sorted.begin(), sorted.end());
      if (sorted.empty()) sorted.push_back(std::numeric_limits<double>::quiet_NaN());  // the table says so
      // 15 digits: what tidying 7 ns adds to 7e-09 stands behind them.
      text += fmt::format(" {:.15g} {}", median(sorted), unit.name);
    }
    text += "\n";
  }
  return text + change(*config, outside);
}

}  // namespace bench
