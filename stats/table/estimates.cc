#include "stats/table/estimates.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libprof/base/on_all_cores.h"
#include "stats/benchmath/bootstrap.h"
#include "stats/table/column_summary.h"

namespace bench {
namespace {

void estimate_row(Row& row, bool exact, const Options& options) {
  for (Cell& cell : row.cells) {
    std::sort(cell.sample.begin(), cell.sample.end());
    cell.summary = summary_of(cell, exact, options);
    const Cell* base = row.baseline();
    if (base != nullptr && base != &cell) cell.comparison = comparison_of(*base, cell, exact, options);
  }
}

}  // namespace

Summary summary_of(const Cell& cell, bool exact, const Options& options) {
  if (cell.moments != nullptr) return summarize(*cell.moments, options);
  if (options.quantile > 0 && !exact) return summarize_quantile(cell.sample, options.quantile, options);
  return summarize(cell.sample, exact ? Assumption::kExact : Assumption::kNothing, options);
}

Comparison comparison_of(const Cell& base, const Cell& cell, bool exact, const Options& options) {
  if (base.moments != nullptr || cell.moments != nullptr)
    return compare(moments_of(base), moments_of(cell), options);
  if (options.quantile > 0 && !exact)
    return compare_quantiles(base.sample, cell.sample, options.quantile, options);
  return compare(base.sample, cell.sample, exact ? Assumption::kExact : Assumption::kNothing, options);
}

prof::Result<void> check_quantiles(const Tables& tables) {
  for (const Table& table : tables.tables) {
    for (const Row& row : table.rows) {
      for (const Cell& cell : row.cells) {
        if (cell.moments != nullptr)
          return prof::fail("--quantile: " + row.label + " " + table.unit + ": summaries have no quantiles");
      }
    }
  }
  return {};
}

void estimate(Tables& tables, const Options& options) {
  struct Chunk {
    Table* table;
    size_t begin, end;  // rows
  };
  constexpr size_t kRows = 512;
  std::vector<Chunk> chunks;
  for (Table& table : tables.tables) {
    for (size_t row = 0; row < table.rows.size(); row += kRows)
      chunks.push_back({&table, row, std::min(row + kRows, table.rows.size())});
  }
  prof::on_all_cores(chunks.size(), [&](size_t i) {
    const auto [table, begin, end] = chunks[i];
    for (size_t row = begin; row < end; row++) estimate_row(table->rows[row], table->exact, options);
  });
  std::vector<std::pair<Table*, size_t>> columns;
  for (Table& table : tables.tables) {
    table.summaries.resize(table.columns.size());
    for (size_t column = 0; column < table.columns.size(); column++) columns.emplace_back(&table, column);
  }
  prof::on_all_cores(columns.size(), [&](size_t i) {
    const auto [table, column] = columns[i];
    table->summaries[column] = summarize_column(*table, column);
  });
}

}  // namespace bench
