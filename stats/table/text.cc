#include <algorithm>
#include <thread>
#include <utility>

#include "libprof/base/in_order.h"
#include "libprof/base/on_all_cores.h"
#include "stats/table/footnotes.h"
#include "stats/table/grid.h"
#include "stats/table/render.h"
#include "stats/text/number.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

using Align = Grid::Align;

// Columns of the grid: the row label; for each column of the table its centre, interval and footnotes; for
// all but the baseline also change, p-value and footnotes.
constexpr size_t kLabelWidth = 1, kCenterWidth = 3, kDeltaWidth = 3;
constexpr const char* kRule = " │ ";
constexpr const char* kRightEdge = " │";

size_t start_of(size_t column) {
  return column == 0 ? kLabelWidth : kLabelWidth + kCenterWidth + (column - 1) * (kCenterWidth + kDeltaWidth);
}

// One level of column labels: neighbours that agree in this level and all above share one cell.
void add_header_level(Grid& grid, const Table& table, size_t level) {
  grid.next_row();
  const auto same = [&](size_t a, size_t b) {
    for (size_t i = 0; i <= level; i++) {
      if (table.columns[a][i] != table.columns[b][i]) return false;
    }
    return true;
  };
  for (size_t from = 0, to = 0; from < table.columns.size(); from = to) {
    for (to = from; to < table.columns.size() && same(from, to);) to++;
    grid.skip_to(start_of(from));
    grid.span(start_of(to) - start_of(from), table.columns[from][level], Align::kCenter, kRule);
  }
  grid.skip_to(start_of(table.columns.size() + 1));
  grid.cell("", Align::kLeft, kRightEdge);
}

void add_units(Grid& grid, const Table& table) {
  grid.next_row();
  for (size_t column = 0; column < table.columns.size(); column++) {
    grid.skip_to(start_of(column));
    grid.span(kCenterWidth, table.unit, Align::kCenter, kRule);
    if (column > 0) grid.span(kDeltaWidth, "vs base", Align::kLeft, "  ");
    for (size_t inner = start_of(column) + 1; inner < grid.column(); inner++) grid.keep_narrow(inner);
  }
  grid.skip_to(start_of(table.columns.size() + 1));
  grid.cell("", Align::kLeft, kRightEdge);
}

// Red where significantly worse, green where better.
const char* color_of(Better better, const Cell& cell, const Row& row) {
  const double change = cell.summary.center - row.baseline()->summary.center;
  if (!cell.comparison->significant() || change == 0 || better == Better::kUnknown) return "";
  return (change > 0) == (better == Better::kLower) ? "31" : "32";
}

// `centers`: room that is used again.
void add_row(Grid& grid, const Row& row, UnitClass unit_class, Better better, const Footnotes& notes,
             std::vector<double>& centers) {
  grid.next_row();
  grid.cell(row.label);
  centers.clear();
  for (const Cell& cell : row.cells) centers.push_back(cell.summary.center);
  const Scale scale = common_scale(centers, unit_class);
  for (const Cell& cell : row.cells) {
    grid.skip_to(start_of(cell.column));
    scale.append(grid.text(), cell.summary.center);
    grid.end_cell(Align::kRight);
    append_interval(grid.text(), cell.summary);
    grid.end_cell(Align::kRight, " ± ");
    notes.mark(grid.text(), {cell.warnings, cell.summary.warnings});
    grid.end_cell();
    if (!cell.comparison) continue;
    append_delta(grid.text(), *cell.comparison, row.baseline()->summary.center, cell.summary.center);
    grid.end_cell(Align::kRight, Grid::kDefaultMargin, color_of(better, cell, row));
    grid.text() += '(';
    append_comparison(grid.text(), *cell.comparison);
    grid.text() += ')';
    grid.end_cell();
    notes.mark(grid.text(), {cell.comparison->warnings});
    grid.end_cell();
  }
}

void add_summary(Grid& grid, const Table& table, const Footnotes& notes) {
  grid.next_row();
  grid.cell("geomean");
  for (size_t column = 0; column < table.columns.size(); column++) {
    const ColumnSummary& summary = table.summaries[column];
    if (summary.mean) {
      grid.skip_to(start_of(column));
      grid.cell(format_mean(summary, table.unit), Align::kRight);
    }
    if (column > 0) {
      grid.skip_to(start_of(column) + kCenterWidth);
      if (summary.ratio) {
        grid.cell(format_ratio(summary), Align::kRight);
      } else {
        grid.cell("?");
      }
    }
    grid.skip_to(start_of(column + 1) - 1);
    notes.mark(grid.text(), {summary.warnings});
    grid.end_cell();
  }
}

void render_table(const Table& table, const Style& style, const Put& put) {
  const Footnotes notes(table);
  const UnitClass unit_class = class_of(table.unit);
  const size_t chunks = chunks_of(table);
  std::vector<Grid> grids(chunks + 2, Grid(style));  // the header, the rows, the last line
  for (size_t level = 0; level < table.levels; level++) add_header_level(grids.front(), table, level);
  add_units(grids.front(), table);
  prof::on_all_cores(chunks, [&](size_t i) {
    grids[i + 1].reserve(std::min(kRowsAtOnce, table.order.size()), start_of(table.columns.size()));
    std::vector<double> centers;
    for_each_row(table, i, [&](const Row& row) {
      add_row(grids[i + 1], row, unit_class, table.better, notes, centers);
    });
  });
  if (has_summary(table)) add_summary(grids.back(), table, notes);
  const Grid::Layout layout = Grid::layout(grids);
  prof::for_each_in_order(
      grids.size(), std::thread::hardware_concurrency(), [&](size_t i) { return grids[i].format(layout); },
      [&](size_t, const std::string& lines) {
        put(lines);
        return true;
      });
  for (const std::string& note : notes.lines()) {
    const std::string line = style.line(note);
    put((style.ascii ? to_ascii(line) : line) + "\n");
  }
}

}  // namespace

std::vector<std::string> headings(const Tables& tables, size_t index) {
  std::vector<std::string> lines;
  const auto& keys = tables.tables[index].keys;
  const Table* previous = nullptr;
  for (size_t i = index; i-- > 0 && previous == nullptr;) {
    if (!tables.tables[i].order.empty()) previous = &tables.tables[i];
  }
  for (size_t i = 0; i < keys.size(); i++) {
    const bool changed = previous == nullptr || previous->keys[i].second != keys[i].second;
    if (changed) lines.push_back(keys[i].first + ": " + keys[i].second);
  }
  return lines;
}

std::string render_text(const Tables& tables, const Style& style) {
  std::string text;
  render_text(tables, style, [&](std::string_view part) { text += part; });
  return text;
}

void render_text(const Tables& tables, const Style& style, const Put& put) {
  bool first = true;
  for (size_t i = 0; i < tables.tables.size(); i++) {
    if (tables.tables[i].order.empty()) continue;
    if (!std::exchange(first, false)) put("\n");
    for (const std::string& line : headings(tables, i)) put(style.line(line) + "\n");
    render_table(tables.tables[i], style, put);
  }
}

bool has_summary(const Table& table) { return table.rows.size() > 1; }

std::string format_mean(const ColumnSummary& summary, std::string_view unit) {
  return summary.mean ? common_scale({*summary.mean}, class_of(unit)).format(*summary.mean) : "";
}

std::string format_ratio(const ColumnSummary& summary) {
  return summary.ratio ? format_fixed((*summary.ratio - 1) * 100, 2, true) + "%" : "?";
}

}  // namespace bench
