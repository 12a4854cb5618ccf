// The result of a comparison, computed and not yet printed: every renderer starts from these structs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/base/flat_array.h"
#include "stats/benchfmt/unit.h"
#include "stats/benchmath/estimate.h"
#include "stats/benchmath/moments.h"
#include "stats/benchmath/notes.h"
#include "stats/table/samples.h"

namespace bench {

struct Cell {
  uint32_t column = 0;
  uint32_t not_numbers = 0;           // NaNs, left out
  std::span<double> sample;           // of the storage of Tables; sorted by estimate()
  const double* first_run = nullptr;  // of runs()
  uint32_t* first_key = nullptr;      // of run_keys(); storage of Tables
  // Where the input has summaries instead of runs, whose means `sample` is then, or another cell of the row.
  const Moments* moments = nullptr;
  Summary summary;
  Notes warnings;  // about the sample; must be shown, like those of summary and comparison
  std::optional<Comparison> comparison;  // with the first column of the row, where that has a cell

  // The values in the order of the input, where that was asked for; else none.
  std::span<const double> runs() const { return {first_run, first_run != nullptr ? sample.size() : 0}; }
  // Of runs(), where there is a run key: equal numbers in a row are the same run.
  std::span<uint32_t> run_keys() const { return {first_key, first_key != nullptr ? sample.size() : 0}; }
};

// Whether all of its values are one.
inline bool is_constant(const Cell& cell) {
  return cell.moments == nullptr && cell.sample.front() == cell.sample.back();
}

// Whether `sample` are runs rather than means of summaries.
inline bool has_runs(const Cell& cell) { return cell.moments == nullptr || cell.moments->of_runs; }

// What is known of the sample, where a comparison has summaries on one side or both.
inline Moments moments_of(const Cell& cell) {
  return cell.moments != nullptr ? *cell.moments : Moments::of(cell.sample);
}

struct Row {
  std::string label;
  std::span<Cell> cells;  // of the storage of the table; ascending in column, a row need not have all

  // The cell of the first column, or null.
  const Cell* baseline() const { return !cells.empty() && cells[0].column == 0 ? &cells[0] : nullptr; }
};

// The last line of a table: geometric means of a column's centres, and of their ratios to the baseline's.
struct ColumnSummary {
  std::optional<double> mean;
  std::optional<double> ratio;
  Notes warnings;
};

struct Table {
  std::vector<std::pair<std::string, std::string>>
      keys;  // what its results have in common; the same keys in every table
  std::string unit;
  Better better = Better::kUnknown;
  bool exact = false;  // its values are assumed not to vary
  std::vector<std::vector<std::string>>
      columns;                 // for each column its label: a value for each level of the header
  std::vector<size_t> places;  // of each column, among Tables::columns
  size_t levels = 0;
  prof::FlatArray<Cell> cells;  // storage of the rows' cells
  std::vector<Row> rows;
  std::vector<size_t> order;             // the rows that are printed, as they are printed
  std::vector<ColumnSummary> summaries;  // one a column
};

using Machine = std::map<std::string, std::set<std::string>>;  // "cpu" and the like, with the values seen

struct Tables {
  std::vector<Table> tables;
  std::vector<std::vector<std::string>> columns;       // of all tables together; the first is the baseline
  Samples samples;                                     // storage of all values
  std::map<uint32_t, Moments> moments;                 // storage of all summaries
  std::map<uint32_t, std::vector<uint32_t>> run_keys;  // storage of all run keys
  Machine machine;                                     // of all columns together
  std::vector<Machine> machines;                       // one a column
  prof::Warnings warnings;                             // about what was compared: machines that differ
};

}  // namespace bench
