#include <optional>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/json.h"

namespace bench {
namespace {

// Of a cell whose runs are only summarized.
std::optional<Moments> moments_of(const Json& cell) {
  const Json& moments = member(cell, "moments");
  const auto mean = number_of(member(moments, "mean")), deviation = number_of(member(moments, "deviation")),
             size = number_of(member(moments, "size"));
  if (!mean || !deviation || !size) return std::nullopt;
  return Moments{*mean, *deviation, *size};
}

// What the report knew of a unit that the unit itself does not say. What another one said otherwise.
const std::string* tell_unit(const Json& table, const std::string& unit, UnitMetadata& units) {
  const std::string better = text_of(member(table, "better"));
  const Better told = better == "lower"    ? Better::kLower
                      : better == "higher" ? Better::kHigher
                                           : Better::kUnknown;
  if (member(table, "exact") == true) units.set(unit, "assume", "exact");
  if (told == Better::kUnknown || told == better_of(unit)) return nullptr;
  return units.set(unit, "better", better);
}

}  // namespace

bool is_of_input(std::string_view file, std::string_view label) {
  return file.starts_with(label) && (file.size() == label.size() || file[label.size()] == ':');
}

bool is_own_json(std::string_view data) { return has_keys(data, {"schema", "tables", "verdict"}); }

// The runs of a report, each side under its own label: what --format json wrote is an input again.
prof::Result<void> read_own_json(std::string_view data, Source& source) {
  const auto document = parse_json(data, source, "benchcmp's JSON");
  if (!document) return tl::unexpected(document.error());
  if (text_of(member(*document, "schema")) != "benchcmp/1") {
    return prof::fail("cannot read " + source.file + ": its schema is not benchcmp/1",
                      "use the benchcmp that wrote it");
  }
  const Configuration config = source.config;
  const std::string* label = config.find(".file");
  for (const Json& table : member(*document, "tables")) {
    source.config = config;
    if (const Json& keys = member(table, "keys"); keys.is_object()) {
      for (const auto& [key, value] : keys.items()) {
        if (!text_of(value).empty() && !key.starts_with('.')) source.config.set(key, text_of(value), true);
      }
    }
    const std::string unit = text_of(member(table, "unit"));
    if (const std::string* other = unit.empty() ? nullptr : tell_unit(table, unit, source.units)) {
      entry_problem(source, *document, table,
                    "metadata better of unit " + unit + " already set to " + *other);
    }
    const Json& columns = member(table, "columns");
    Emitter out(source);
    for (const Json& row : member(table, "rows")) {
      for (const Json& cell : member(row, "cells")) {
        const double column = number_of(member(cell, "column")).value_or(-1);
        if (!columns.is_array() || !(column >= 0 && column < static_cast<double>(columns.size()))) {
          entry_problem(source, *document, cell, "its column is none of the table's");
          continue;
        }
        std::string side;
        for (const Json& level : columns[static_cast<size_t>(column)])
          side += (side.empty() ? "" : " ") + text_of(level);
        source.config.set(".file", label == nullptr ? side : *label + ":" + side, false);
        if (const auto moments = moments_of(cell); moments && !unit.empty()) {
          out.begin(text_of(member(row, "name")));
          out.add(*moments, unit);
          out.end();
          continue;
        }
        for (const Json& run : member(cell, "runs")) {
          const auto value = number_of(run);
          if (run.is_null() || unit.empty()) continue;  // null: not finite
          if (!value) {
            entry_problem(source, *document, cell, "a run is not a number and left out");
            continue;
          }
          out.begin(text_of(member(row, "name")));
          out.add(*value, unit);
          out.end();
        }
      }
    }
  }
  source.config = config;
  return {};
}

}  // namespace bench
