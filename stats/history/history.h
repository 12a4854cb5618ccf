// The history of benchmarks: one column of tables a commit, and where rows change from one column on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stats/benchfmt/reader.h"
#include "stats/history/change_points.h"
#include "stats/table/table.h"

namespace bench {

struct HistoryPoint {
  size_t column = 0;  // in Tables::columns
  double center = 0;  // of its runs
};

struct Series {
  std::string place;  // what sets its table apart: "pkg: a", or empty
  std::string name;
  std::string unit;
  Better better = Better::kUnknown;
  std::vector<HistoryPoint> points;  // oldest first
  std::vector<ChangePoint> changes;  // `index` is into `points`; at least the threshold apart
};

struct HistoryOptions {
  ChangePointOptions change_points;
  double threshold = 0;  // a share: smaller changes are not told
  size_t newest = 5;     // a regression among so many of the last points of its series is a new one
};

struct History {
  std::vector<std::string> columns;  // oldest first
  std::vector<Machine> machines;     // one a column
  std::vector<Series> series;
  size_t too_short = 0;  // series with too few points for any change
  LeftOut left_out;      // points whose median is not finite

  size_t changed() const;
};

enum class Direction { kWorse, kBetter, kUndirected };
Direction direction_of(const Series& series, const ChangePoint& change);
double size_of(const ChangePoint& change);  // after / before - 1

// The points [begin, end) of level `number`: that before the first change is level 0.
struct Level {
  size_t begin = 0, end = 0;
};
Level level_of(const Series& series, size_t number);

// What sets the machine of the points after a change apart from that of those before: a key that has one
// value on all points of the one level, and another on all of the other. Hosted runners, with a new name for
// each job, have none.
struct MachineChange {
  std::string key;  // "host_name"
  std::string before, after;
};
std::vector<MachineChange> machine_changes(const History& history, const Series& series, size_t change);
// "the machine changed there too, host_name from a to b: --table ...,host_name sets them apart"; empty where
// it did not.
std::string describe(const std::vector<MachineChange>& changes);

// The units whose direction nobody said, of all series or of those that changed.
std::vector<std::string> undirected_units(const History& history, bool only_changed);

// Whether the last change of a series is a regression that is new.
bool newly_regressed(const Series& series, const HistoryOptions& options);

// Each series on a processor, with a seed of its own.
History find_history(const Tables& tables, const HistoryOptions& options);

// The key that splits series which would be long enough for a change together, and into how many: the one
// with the most values of a benchmark.
struct Split {
  std::string key;
  size_t values = 0;
};
std::optional<Split> find_split(const Tables& tables, const HistoryOptions& options);

// "2 regressions, 1 improvement in 6 series of up to 20 points".
std::string headline(const History& history, const HistoryOptions& options);
// Renderers return text and print nothing. docs/benchcmp.md has the schema of the JSON.
std::string render_history_text(const History& history, const HistoryOptions& options);
std::string render_history_csv(const History& history, const HistoryOptions& options);
std::string render_history_json(const History& history, const HistoryOptions& options);
// One file without references to others, a plot for each series.
std::string render_history_html(const History& history, const HistoryOptions& options);

}  // namespace bench
