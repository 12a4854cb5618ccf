// Text, CSV and JSON of a history.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "stats/gate/describe.h"
#include "stats/history/history.h"
#include "stats/text/number.h"

namespace bench {
namespace {

struct Word {
  const char* word;
  const char* singular;
  const char* plural;
};
// By Direction.
constexpr Word kWords[] = {
    {"regressed", "regression", "regressions"},
    {"improved", "improvement", "improvements"},
    {"changed", "change of a unit without direction", "changes of units without direction"}};
const Word& word_of(Direction direction) { return kWords[static_cast<size_t>(direction)]; }

std::string count_of(size_t count, const char* singular, const char* plural) {
  return std::to_string(count) + " " + (count == 1 ? singular : plural);
}

const std::string& column_of(const History& history, const Series& series, size_t point) {
  return history.columns[series.points[point].column];
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

}  // namespace

std::string headline(const History& history, const HistoryOptions& options) {
  size_t counts[3] = {}, fresh = 0, longest = 0;
  for (const Series& series : history.series) {
    for (const ChangePoint& change : series.changes)
      counts[static_cast<size_t>(direction_of(series, change))]++;
    fresh += newly_regressed(series, options) ? 1 : 0;
    longest = std::max(longest, series.points.size());
  }
  std::string text;
  for (size_t i = 0; i < std::size(counts); i++) {
    if (counts[i] == 0 && !(i == 0)) continue;
    text += (text.empty() ? "" : ", ") + count_of(counts[i], kWords[i].singular, kWords[i].plural);
    if (i == 0 && fresh > 0) text += " (" + std::to_string(fresh) + " new)";
  }
  text += " in " + count_of(history.series.size(), "series", "series") + " of up to " +
          count_of(longest, "point", "points");
  if (history.too_short > 0) {
    text += fmt::format("; {} shorter than the {} points that a change needs", history.too_short,
                        points_for_change(options.change_points.alpha));
  }
  return text;
}

std::string describe(const std::vector<MachineChange>& changes) {
  std::string text, keys;
  for (const auto& [key, before, after] : changes) {
    text += fmt::format("{}{} from {} to {}", text.empty() ? "" : ", ", key, before, after);
    keys += "," + key;
  }
  return text.empty()
             ? ""
             : "the machine changed there too, " + text + ": --table ..." + keys + " sets them apart";
}

std::string render_history_text(const History& history, const HistoryOptions& options) {
  std::string text = headline(history, options) + "\n";
  for (const Series& series : history.series) {
    for (size_t i = 0; i < series.changes.size(); i++) {
      const ChangePoint& change = series.changes[i];
      const Direction direction = direction_of(series, change);
      const Scale scale = common_scale({change.before, change.after}, class_of(series.unit));
      const bool fresh = newly_regressed(series, options) && &change == &series.changes.back();
      const std::string machine = describe(machine_changes(history, series, i));
      text += fmt::format(
          "  {:<10} {}  {} {} to {}, {} (p={}) from {} on, after {}{}{}{}\n", word_of(direction).word,
          series.name, series.unit, scale.format(change.before), scale.format(change.after),
          percent(size_of(change)), format_fixed(change.p, 3), column_of(history, series, change.index),
          column_of(history, series, change.index - 1), fresh ? "; new" : "",
          series.place.empty() ? "" : "; " + series.place, machine.empty() ? "" : "; " + machine);
    }
  }
  return text;
}

std::string render_history_csv(const History& history, const HistoryOptions& options) {
  std::string text = "table,benchmark,unit,first,last before,points,before,after,change,p,verdict,new\n";
  for (const Series& series : history.series) {
    for (const ChangePoint& change : series.changes) {
      const bool fresh = newly_regressed(series, options) && &change == &series.changes.back();
      for (const std::string& field :
           {series.place, series.name, series.unit, column_of(history, series, change.index),
            column_of(history, series, change.index - 1)})
        text += csv_field(field) + ",";
      text +=
          fmt::format("{},{},{},{},{},{},{}\n", series.points.size(), format_shortest(change.before),
                      format_shortest(change.after), format_shortest(size_of(change)),
                      format_shortest(change.p), word_of(direction_of(series, change)).word, fresh ? 1 : 0);
    }
  }
  return text;
}

std::string render_history_json(const History& history, const HistoryOptions& options) {
  using Json = nlohmann::ordered_json;
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  Json json = {{"schema", "benchcmp-history/1"},       {"headline", headline(history, options)},
               {"alpha", options.change_points.alpha}, {"seed", options.change_points.seed},
               {"threshold", options.threshold},       {"newest", options.newest},
               {"columns", history.columns},           {"series", Json::array()}};
  for (const Series& series : history.series) {
    Json one = {{"table", series.place},   {"name", series.name},
                {"unit", series.unit},     {"new_regression", newly_regressed(series, options)},
                {"points", Json::array()}, {"changes", Json::array()}};
    for (const HistoryPoint& point : series.points)
      one["points"].push_back({{"column", point.column}, {"center", number(point.center)}});
    for (size_t i = 0; i < series.changes.size(); i++) {
      const ChangePoint& change = series.changes[i];
      Json machine = Json::object();
      for (const auto& [key, before, after] : machine_changes(history, series, i))
        machine[key] = {before, after};
      one["changes"].push_back({{"column", series.points[change.index].column},
                                {"outcome", word_of(direction_of(series, change)).word},
                                {"before", number(change.before)},
                                {"after", number(change.after)},
                                {"change", number(size_of(change))},
                                {"p", change.p},
                                {"machine", std::move(machine)}});
    }
    json["series"].push_back(std::move(one));
  }
  // Names may have bytes that are no UTF-8.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bench
