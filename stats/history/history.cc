#include "stats/history/history.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "libprof/base/on_all_cores.h"
#include "stats/gate/judge.h"
#include "stats/gate/policy.h"

namespace bench {
namespace {

void find_changes(Series& series, const HistoryOptions& options, uint64_t number) {
  std::vector<double> values;
  for (const HistoryPoint& point : series.points) values.push_back(point.center);
  ChangePointOptions own = options.change_points;
  own.seed += number;
  series.changes = find_change_points(values, own);
  const double least = least_change(options.threshold);
  const auto small = [&](const ChangePoint& change) {
    return std::fabs(size_of(change)) < least || change.before == change.after;
  };
  series.changes.erase(std::remove_if(series.changes.begin(), series.changes.end(), small),
                       series.changes.end());
}

const Machine& machine_at(const History& history, const Series& series, size_t point) {
  return history.machines[series.points[point].column];
}

// The value that the key has on all points of a level, or null.
const std::string* only_value(const History& history, const Series& series, const Level& level,
                              const std::string& key) {
  const std::string* only = nullptr;
  for (size_t i = level.begin; i < level.end; i++) {
    const Machine& machine = machine_at(history, series, i);
    const auto values = machine.find(key);
    if (values == machine.end() || values->second.size() != 1) return nullptr;
    const std::string& value = *values->second.begin();
    if (only != nullptr && *only != value) return nullptr;
    only = &value;
  }
  return only;
}

}  // namespace

double size_of(const ChangePoint& change) {
  if (change.after == change.before) return 0;
  return (change.after - change.before) / std::fabs(change.before);
}

Direction direction_of(const Series& series, const ChangePoint& change) {
  if (series.better == Better::kUnknown) return Direction::kUndirected;
  return (change.after > change.before) == (series.better == Better::kLower) ? Direction::kWorse
                                                                             : Direction::kBetter;
}

std::vector<std::string> undirected_units(const History& history, bool only_changed) {
  std::set<std::string> units;
  for (const Series& series : history.series) {
    if (series.better == Better::kUnknown && !(only_changed && series.changes.empty()))
      units.insert(series.unit);
  }
  return {units.begin(), units.end()};
}

bool newly_regressed(const Series& series, const HistoryOptions& options) {
  return !series.changes.empty() && series.points.size() - series.changes.back().index <= options.newest &&
         direction_of(series, series.changes.back()) == Direction::kWorse;
}

Level level_of(const Series& series, size_t number) {
  return {number == 0 ? 0 : series.changes[number - 1].index,
          number < series.changes.size() ? series.changes[number].index : series.points.size()};
}

std::vector<MachineChange> machine_changes(const History& history, const Series& series, size_t change) {
  const Level before = level_of(series, change), after = level_of(series, change + 1);
  std::vector<MachineChange> changes;
  for (const auto& [key, values] : machine_at(history, series, before.begin)) {
    const std::string* old_value = only_value(history, series, before, key);
    const std::string* new_value = only_value(history, series, after, key);
    if (old_value != nullptr && new_value != nullptr && *old_value != *new_value)
      changes.push_back({key, *old_value, *new_value});
  }
  return changes;
}

size_t History::changed() const {
  return static_cast<size_t>(
      std::count_if(series.begin(), series.end(), [](const Series& one) { return !one.changes.empty(); }));
}

History find_history(const Tables& tables, const HistoryOptions& options) {
  History history;
  for (const auto& levels : tables.columns) {
    std::string name;
    for (const std::string& level : levels) name += (name.empty() || level.empty() ? "" : " ") + level;
    history.columns.push_back(std::move(name));
  }
  history.machines = tables.machines;
  const size_t least = points_for_change(options.change_points.alpha);
  for (const Table& table : tables.tables) {
    for (const Row& row : table.rows) {
      Series series{place_of(tables, table), row.label, table.unit, table.better, {}, {}};
      for (const Cell& cell : row.cells) {
        const size_t column = table.places[cell.column];
        if (std::isfinite(cell.summary.center)) {
          series.points.push_back({column, cell.summary.center});
        } else {
          history.left_out.add(row.label + " " + table.unit + " in " + history.columns[column] +
                               ": the median is not finite");
        }
      }
      history.too_short += series.points.size() < least ? 1 : 0;
      if (!series.points.empty()) history.series.push_back(std::move(series));
    }
  }
  prof::on_all_cores(history.series.size(), [&](size_t i) { find_changes(history.series[i], options, i); });
  return history;
}

std::optional<Split> find_split(const Tables& tables, const HistoryOptions& options) {
  struct Benchmark {
    size_t longest = 0;  // of its series
    std::set<size_t> columns;
    std::map<std::string, std::set<std::string>> values;  // of each key
  };
  std::map<std::pair<std::string, std::string>, Benchmark> benchmarks;  // by unit and row
  for (const Table& table : tables.tables) {
    for (const Row& row : table.rows) {
      Benchmark& benchmark = benchmarks[{table.unit, row.label}];
      benchmark.longest = std::max(benchmark.longest, row.cells.size());
      for (const Cell& cell : row.cells) benchmark.columns.insert(table.places[cell.column]);
      for (const auto& [key, value] : table.keys) benchmark.values[key].insert(value);
    }
  }
  const size_t least = points_for_change(options.change_points.alpha);
  std::optional<Split> split;
  for (const auto& [name, benchmark] : benchmarks) {
    if (benchmark.longest >= least || benchmark.columns.size() < least) continue;
    for (const auto& [key, values] : benchmark.values) {
      if (values.size() > (split ? split->values : 1)) split = {key, values.size()};
    }
  }
  return split;
}

}  // namespace bench
