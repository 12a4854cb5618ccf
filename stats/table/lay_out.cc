// The second half of TableBuilder: what was read becomes tables.
#include <algorithm>
#include <numeric>

#include "stats/benchmath/median.h"
#include "stats/table/builder.h"
#include "stats/table/estimates.h"
#include "stats/text/parallel.h"

namespace bench {

// Distinct keys in their order, and by key its place in it.
struct TableBuilder::Ranking {
  std::vector<Key> keys;
  std::vector<size_t> place;

  static Ranking of(const Projection& projection, std::vector<Key> keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    projection.sort(keys);
    Ranking ranking{std::move(keys), std::vector<size_t>(projection.size())};
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
  struct Run {
    uint32_t cell;
    std::vector<double> values;
  };
  std::vector<Run> made;  // in the order in which they begin
  std::map<std::pair<uint32_t, Key>, size_t> index;
  for (size_t i = 0; i < observed_cells_.size(); i++) {
    const auto [entry, added] = index.try_emplace({observed_cells_[i], observed_runs_[i]}, made.size());
    if (added) made.push_back({observed_cells_[i], {}});
    made[entry->second].values.push_back(observed_values_[i]);
  }
  observed_cells_.clear();
  observed_values_.clear();
  for (CellData& cell : cells_) cell.count = 0;
  for (Run& run : made) {
    std::sort(run.values.begin(), run.values.end());
    observed_cells_.push_back(run.cell);
    observed_values_.push_back(median(run.values));
    cells_[run.cell].count++;
  }
}

void TableBuilder::store_values(Tables& tables, Runs runs) {
  if (has_runs_) collapse_runs();
  size_t next = 0;
  for (CellData& cell : cells_) {
    cell.first = next;
    next += cell.count;
    if (cell.count == 0) {
      problem("row " + row_by_->values(cell.row) + ", column " + col_by_->values(cell.col) +
              ": left out, no value is a number");
    }
  }
  tables.values.resize(next);
  std::vector<size_t> fill(cells_.size());
  for (size_t i = 0; i < cells_.size(); i++) fill[i] = cells_[i].first;
  for (size_t i = 0; i < observed_cells_.size(); i++)
    tables.values[fill[observed_cells_[i]]++] = observed_values_[i];
  observed_cells_ = {};
  observed_values_ = {};
  if (runs == Runs::kKeep) tables.runs = tables.values;
  tables.moments = std::move(moments_);
}

Tables TableBuilder::build(const Options& options, Runs runs) {
  Tables tables;
  store_values(tables, runs);
  std::vector<std::vector<uint32_t>> by_table(table_by_->size());
  std::vector<Key> column_keys, row_keys;
  for (uint32_t i = 0; i < cells_.size(); i++) {
    if (cells_[i].count == 0) continue;
    by_table[cells_[i].table].push_back(i);
    column_keys.push_back(cells_[i].col);
    row_keys.push_back(cells_[i].row);
  }
  std::vector<Key> keys;
  for (Key key = 0; key < by_table.size(); key++) {
    if (!by_table[key].empty()) keys.push_back(key);
  }
  table_by_->sort(keys);
  const Ranking columns = Ranking::of(*col_by_, std::move(column_keys)),
                rows = Ranking::of(*row_by_, std::move(row_keys));
  for (const Key column : columns.keys) tables.columns.push_back(column_values(column));
  tables.warnings = machine_warnings(columns.keys);
  for (const auto& [place, values] : machines_)
    tables.machine[place.second].insert(values.begin(), values.end());
  tables.tables.resize(keys.size());
  for_all(keys.size(),
          [&](size_t i) { tables.tables[i] = lay_out(keys[i], by_table[keys[i]], tables, rows, columns); });
  cells_ = {};
  index_ = {};
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

Cell TableBuilder::make_cell(uint32_t index, const Tables& storage) const {
  const CellData& data = cells_[index];
  Cell cell;
  cell.sample = {storage.values.data() + data.first, data.count};
  if (!storage.runs.empty()) cell.runs = {storage.runs.data() + data.first, data.count};
  if (const auto more = more_residues_.find(index); more != more_residues_.end()) {
    std::vector<Key> residues = more->second;
    residues.push_back(data.residue);
    std::string warning;
    for (const std::string& name : residue_->varying(residues)) {
      warning += (warning.empty() ? "benchmarks vary in " : ", ") + name;
    }
    if (!warning.empty()) cell.warnings.push_back(std::move(warning));
  }
  cell.not_numbers = data.not_numbers;
  if (data.not_numbers != 0) {
    cell.warnings.push_back(std::to_string(data.not_numbers) + " of " +
                            std::to_string(data.not_numbers + data.count) + " values are NaN and left out");
  }
  if (const auto known = storage.moments.find(index); known != storage.moments.end())
    cell.moments = &known->second;
  return cell;
}

// The table without what its values say: estimate() adds that.
Table TableBuilder::lay_out(Key key, std::vector<uint32_t>& cells, const Tables& storage,
                            const Ranking& all_rows, const Ranking& all_columns) const {
  const Ranking rows = all_rows.among(cells, [&](uint32_t cell) { return cells_[cell].row; }),
                cols = all_columns.among(cells, [&](uint32_t cell) { return cells_[cell].col; });
  Table table;
  label(table, key, cols.keys);
  for (const Key column : cols.keys) table.places.push_back(all_columns.place[column]);
  table.better = units_.better(table.unit);
  table.exact = units_.exact(table.unit);
  table.rows.reserve(rows.keys.size());
  for (const Key row : rows.keys) table.rows.push_back({row_by_->values(row), {}});
  std::vector<uint32_t> sizes(rows.keys.size());
  for (const uint32_t cell : cells) sizes[rows.place[cells_[cell].row]]++;
  for (size_t i = 0; i < sizes.size(); i++) table.rows[i].cells.reserve(sizes[i]);
  std::sort(cells.begin(), cells.end(),
            [&](uint32_t a, uint32_t b) { return cols.place[cells_[a].col] < cols.place[cells_[b].col]; });
  for (const uint32_t index : cells) {
    Cell cell = make_cell(index, storage);
    cell.column = cols.place[cells_[index].col];
    table.rows[rows.place[cells_[index].row]].cells.push_back(std::move(cell));
  }
  table.order.resize(table.rows.size());
  std::iota(table.order.begin(), table.order.end(), size_t{0});
  return table;
}

}  // namespace bench
