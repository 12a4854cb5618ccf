#include "stats/table/column_summary.h"

#include <algorithm>

#include "stats/benchmath/real.h"

namespace bench {

ColumnSummary summarize_column(const Table& table, size_t column) {
  std::vector<double> centers, ratios;
  centers.reserve(table.rows.size());
  ratios.reserve(table.rows.size());
  size_t baselines = 0, paired = 0;
  bool incomparable = false;
  for (const Row& row : table.rows) {
    const Cell* base = row.baseline();
    baselines += base != nullptr ? 1 : 0;
    const auto cell = std::lower_bound(row.cells.begin(), row.cells.end(), column,
                                       [](const Cell& c, size_t wanted) { return c.column < wanted; });
    if (cell == row.cells.end() || cell->column != column) continue;
    centers.push_back(cell->summary.center);
    if (!cell->comparison) continue;
    paired++;
    const double now = cell->summary.center, before = base->summary.center;
    incomparable |= before == 0 && now != 0;
    ratios.push_back(now == before ? 1 : now / before);
  }
  ColumnSummary summary;
  const bool is_baseline = column == 0;
  if (!is_baseline && baselines != paired) {
    summary.warnings.push_back("benchmark set differs from baseline; geomeans may not be comparable");
  }
  summary.mean = geometric_mean(centers);
  if (!summary.mean) summary.warnings.push_back("summaries must be >0 to compute geomean");
  if (!is_baseline && !incomparable) {
    summary.ratio = geometric_mean(ratios);
    if (!summary.ratio) summary.warnings.push_back("ratios must be >0 to compute geomean");
  }
  return summary;
}

}  // namespace bench
