// The second half of TableBuilder: what was read becomes tables.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <numeric>
#include <set>

#include "libprof/base/on_all_cores.h"
#include "stats/benchmath/median.h"
#include "stats/table/builder.h"
#include "stats/table/estimates.h"
#include "stats/table/paired.h"

namespace bench {

// Distinct keys in their order, and by key its place in it.
struct TableBuilder::Ranking {
  std::vector<Key> keys;
  std::vector<size_t> place;

  // Of those keys that have a cell with values.
  template <typename KeyOf>
  static Ranking of(const Projection& projection, const prof::FlatArray<CellData>& cells, KeyOf key_of) {
    std::vector<bool> present(projection.size());
    for (const CellData& cell : cells) {
      if (cell.count != 0) present[key_of(cell)] = true;
    }
    Ranking ranking{{}, std::vector<size_t>(projection.size())};
    for (Key key = 0; key < present.size(); key++) {
      if (present[key]) ranking.keys.push_back(key);
    }
    projection.sort(ranking.keys);
    for (size_t i = 0; i < ranking.keys.size(); i++) ranking.place[ranking.keys[i]] = i;
    return ranking;
  }
  // Of some of these keys, which keep their order.
  template <typename KeyOf>
  Ranking among(const std::vector<uint32_t>& cells, KeyOf key_of) const {
    std::vector<bool> present(keys.size());
    for (const uint32_t cell : cells) present[place[key_of(cell)]] = true;
    Ranking ranking{{}, std::vector<size_t>(place.size())};
    for (size_t i = 0; i < present.size(); i++) {
      if (!present[i]) continue;
      ranking.place[keys[i]] = ranking.keys.size();
      ranking.keys.push_back(keys[i]);
    }
    return ranking;
  }
};

// The values of one run of a benchmark are not independent of each other: their median stands for the run.
// (Kalibera and Jones 2013, section 5.)
void TableBuilder::collapse_runs() {
  std::map<std::pair<uint32_t, Key>, std::vector<double>> values;
  std::vector<std::pair<uint32_t, Key>> runs;  // in the order in which they begin
  for (const Segment& segment : segments_) {
    const auto [entry, added] = values.try_emplace({segment.cell, segment.run});
    if (added) runs.push_back(entry->first);
    entry->second.insert(entry->second.end(), segment.values.begin(), segment.values.end());
  }
  segments_.clear();
  for (CellData& cell : cells_) cell.count = 0;
  for (const auto& run : runs) {
    std::vector<double>& sample = values[run];
    std::sort(sample.begin(), sample.end());
    const double center = median(sample);
    if (std::isnan(center)) {  // between infinities
      cells_[run.first].not_numbers++;
      continue;
    }
    segments_.push_back({run.first, run.second, samples_.copy({&center, 1})});
    cells_[run.first].count++;
    run_keys_[run.first].push_back(run.second);
  }
}

// The segments of each cell, one after the other; that of a cell with one stays where it is.
void TableBuilder::gather_values() {
  close_segments();
  if (may_lack_runs_ && !run_by_->unseen_keys().empty()) has_runs_ = false;
  if (has_runs_) collapse_runs();
  for (CellData& cell : cells_) {
    if (cell.values.size() == cell.count) continue;
    const std::span<double> all = samples_.make(cell.count);
    std::copy(cell.values.begin(), cell.values.end(), all.begin());
    cell.values = all.first(cell.values.size());
  }
  for (const Segment& segment : segments_) {
    std::span<double>& values = cells_[segment.cell].values;
    std::copy(segment.values.begin(), segment.values.end(), values.data() + values.size());
    values = {values.data(), values.size() + segment.values.size()};
  }
  segments_.clear();
  for (const CellData& cell : cells_) {
    if (cell.count != 0) continue;
    Table table;
    label(table, cell.table, {});
    problem("row " + row_by_->values(cell.row) + ", column " + col_by_->values(cell.col) +
            ": left out, no value of " + table.unit + " is a number");
  }
}

// Before samples are sorted.
static void keep_runs(Tables& tables, Samples& samples) {
  for (Table& table : tables.tables) {
    for (Row& row : table.rows) {
      for (Cell& cell : row.cells) cell.first_run = samples.copy(cell.sample).data();
    }
  }
}

// Of a cell that has runs too, as of two files with one label.
void TableBuilder::add_runs_to_summaries() {
  if (has_runs_) return;  // values are medians of runs
  for (auto& [cell, known] : moments_) {
    std::vector<double>& means = means_[cell];
    std::vector<double> values(cells_[cell].values.begin(), cells_[cell].values.end()), runs;
    std::sort(values.begin(), values.end());
    std::sort(means.begin(), means.end());
    std::set_difference(values.begin(), values.end(), means.begin(), means.end(), std::back_inserter(runs));
    known = known + Moments::of(runs);
  }
}

// A mean is not compared with a median: of skewed runs they differ by more than what is looked for.
void TableBuilder::summarize_runs_beside_summaries() {
  std::set<std::pair<Key, Key>> summarized;  // tables and rows
  for (const auto& [cell, known] : moments_) summarized.insert({cells_[cell].table, cells_[cell].row});
  if (summarized.empty()) return;
  for (uint32_t i = 0; i < cells_.size(); i++) {
    const CellData& cell = cells_[i];
    if (cell.count != 0 && summarized.count({cell.table, cell.row}) != 0)
      moments_.try_emplace(i, Moments::of(cell.values));
  }
}

Tables TableBuilder::build(const Options& options, Runs runs) {
  gather_values();
  add_runs_to_summaries();
  summarize_runs_beside_summaries();
  Tables tables;
  std::vector<std::vector<uint32_t>> by_table(table_by_->size());
  for (uint32_t i = 0; i < cells_.size(); i++) {
    if (cells_[i].count != 0) by_table[cells_[i].table].push_back(i);
  }
  std::vector<Key> keys;
  for (Key key = 0; key < by_table.size(); key++) {
    if (!by_table[key].empty()) keys.push_back(key);
  }
  table_by_->sort(keys);
  const Ranking columns = Ranking::of(*col_by_, cells_, [](const CellData&cell) { return cell.col; }),
                rows = Ranking::of(*row_by_, cells_, [](const CellData&cell) { return cell.row; });
  for (const Key column : columns.keys) {
    tables.columns.push_back(column_values(column));
    tables.machines.push_back(machine_of(column));
  }
  tables.warnings = machine_warnings(columns.keys);
  for (const auto& [place, values] : machines_)
    tables.machine[place.second].insert(values.begin(), values.end());
  tables.tables.resize(keys.size());
  std::vector<Sources> sources(keys.size());
  prof::on_all_cores(keys.size(), [&](size_t i) {
    tables.tables[i] = lay_out(keys[i], by_table[keys[i]], rows, columns, sources[i]);
  });
  for (size_t i = 0; i < keys.size(); i++) make_cells(tables.tables[i], sources[i]);
  if (options.paired) align_runs(tables);
  if (runs == Runs::kKeep) keep_runs(tables, samples_);
  cells_ = {};
  index_ = {};
  tables.samples = std::move(samples_);
  tables.moments = std::move(moments_);
  tables.run_keys = std::move(run_keys_);
  estimate(tables, options);
  return tables;
}

std::vector<std::string> TableBuilder::column_values(Key column) const {
  std::vector<std::string> values;
  for (const size_t field : col_by_->fields()) values.push_back(col_by_->value(column, field));
  return values;
}

void TableBuilder::label(Table& table, Key key, const std::vector<Key>& columns) const {
  for (const size_t field : table_by_->fields()) {
    const std::string& name = table_by_->field(field).name;
    if (name == ".unit") {
      table.unit = table_by_->value(key, field);
    } else {
      table.keys.emplace_back(name, table_by_->value(key, field));
    }
  }
  table.levels = col_by_->fields().size();
  for (const Key column : columns) table.columns.push_back(column_values(column));
}

Cell TableBuilder::make_cell(uint32_t index) {
  const CellData& data = cells_[index];
  Cell cell;
  cell.sample = data.values;
  if (const auto more = more_residues_.find(index); more != more_residues_.end()) {
    std::vector<Key> residues = more->second;
    residues.push_back(data.residue);
    std::string warning;
    for (const std::string& name : residue_->varying(residues)) {
      warning += (warning.empty() ? "benchmarks vary in " : ", ") + name;
    }
    if (!warning.empty()) cell.warnings.push_back(warning);
  }
  cell.not_numbers = data.not_numbers;
  if (data.not_numbers != 0) {
    cell.warnings.push_back(std::to_string(data.not_numbers) + " of " +
                            std::to_string(data.not_numbers + data.count) + " values are NaN and left out");
  }
  if (const auto known = moments_.find(index); known != moments_.end()) cell.moments = &known->second;
  if (const auto known = run_keys_.find(index); known != run_keys_.end())
    cell.first_key = known->second.data();
  return cell;
}

// Gives each row its cells, which stand next to each other and are not made yet, and returns what they are to
// be made of. `cells` are sorted by column.
TableBuilder::Sources TableBuilder::place_cells(Table& table, const std::vector<uint32_t>& cells,
                                                const Ranking& rows, const Ranking& cols) {
  std::vector<uint32_t> sizes(rows.keys.size());
  for (const uint32_t cell : cells) sizes[rows.place[cells_[cell].row]]++;
  table.cells.resize(cells.size());
  Cell* next = table.cells.data();
  for (size_t i = 0; i < sizes.size(); i++, next += sizes[i - 1]) table.rows[i].cells = {next, 0};
  Sources sources(cells.size());
  for (const uint32_t index : cells) {
    const CellData& cell = cells_[index];
    std::span<Cell>& row = table.rows[rows.place[cell.row]].cells;
    row = {row.data(), row.size() + 1};
    sources[static_cast<size_t>(&row.back() - table.cells.data())] = {
        index, static_cast<uint32_t>(cols.place[cell.col])};
  }
  return sources;
}

// On all cores: it is memory that is touched for the first time.
void TableBuilder::make_cells(Table& table, const Sources& sources) {
  constexpr size_t kAtOnce = 4096;
  prof::on_all_cores((sources.size() + kAtOnce - 1) / kAtOnce, [&](size_t piece) {
    const size_t end = std::min(sources.size(), (piece + 1) * kAtOnce);
    for (size_t i = piece * kAtOnce; i < end; i++)
      std::construct_at(&table.cells[i], make_cell(sources[i].cell))->column = sources[i].column;
  });
}

// The table without its cells, whose sources it returns, and without what their values say: estimate() adds
// that.
Table TableBuilder::lay_out(Key key, std::vector<uint32_t>& cells, const Ranking& all_rows,
                            const Ranking& all_columns, Sources& sources) {
  const Ranking rows = all_rows.among(cells, [&](uint32_t cell) { return cells_[cell].row; }),
                cols = all_columns.among(cells, [&](uint32_t cell) { return cells_[cell].col; });
  Table table;
  label(table, key, cols.keys);
  for (const Key column : cols.keys) table.places.push_back(all_columns.place[column]);
  table.better = units_.better(table.unit);
  table.exact = units_.exact(table.unit);
  table.rows.reserve(rows.keys.size());
  for (const Key row : rows.keys) table.rows.push_back({row_by_->values(row), {}});
  // Mostly they are sorted: inputs are columns, and come one after the other.
  const auto by_column = [&](uint32_t a, uint32_t b) {
    return cols.place[cells_[a].col] < cols.place[cells_[b].col];
  };
  if (!std::is_sorted(cells.begin(), cells.end(), by_column))
    std::sort(cells.begin(), cells.end(), by_column);
  sources = place_cells(table, cells, rows, cols);
  table.order.resize(table.rows.size());
  std::iota(table.order.begin(), table.order.end(), size_t{0});
  return table;
}

}  // namespace bench
