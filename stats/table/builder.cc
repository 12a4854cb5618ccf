#include "stats/table/builder.h"

#include <algorithm>
#include <cmath>

#include "stats/benchmath/real.h"

namespace bench {

prof::Result<std::unique_ptr<TableBuilder>> TableBuilder::make(const Layout& layout,
                                                               const UnitMetadata& units) {
  std::unique_ptr<TableBuilder> builder(new TableBuilder(units));
  auto filter = Filter::parse(layout.filter);
  if (!filter) return prof::fail("parsing -filter: " + filter.error());
  builder->filter_ = std::move(*filter);
  struct Flag {
    const char* name;
    const std::string& text;
    std::unique_ptr<Projection>& projection;
    ProjectionGroup::UnitField unit;
  };
  using UnitField = ProjectionGroup::UnitField;
  const Flag flags[] = {{"-table", layout.table, builder->table_by_, UnitField::kYes},
                        {"-row", layout.row, builder->row_by_, UnitField::kNo},
                        {"-col", layout.col, builder->col_by_, UnitField::kNo},
                        {"-ignore", layout.ignore, builder->ignore_, UnitField::kNo}};
  for (const Flag& flag : flags) {
    auto projection = builder->group_.parse(flag.text, builder->filter_, flag.unit);
    if (!projection) return prof::fail(std::string("parsing ") + flag.name + ": " + projection.error());
    flag.projection = std::move(*projection);
  }
  builder->residue_ = builder->group_.residue();
  return builder;
}

size_t TableBuilder::CellKeyHash::operator()(const CellKey& key) const {
  uint64_t hash = (uint64_t{key.row} << 32 | key.col) * 0x9E3779B97F4A7C15;
  hash = (hash ^ hash >> 32 ^ key.table) * 0xBF58476D1CE4E5B9;
  return hash ^ hash >> 29;
}

uint32_t TableBuilder::cell_of(const CellKey& key, size_t value, Key residue) {
  if (recent_.size() <= value) recent_.resize(value + 1, UINT32_MAX);
  uint32_t& cell = recent_[value];
  const bool same =
      cell != UINT32_MAX && key == CellKey{cells_[cell].table, cells_[cell].row, cells_[cell].col};
  if (!same) {
    const auto [entry, added] = index_.try_emplace(key, static_cast<uint32_t>(cells_.size()));
    if (added) cells_.push_back({key.table, key.row, key.col, residue, {}});
    cell = entry->second;
  }
  CellData& data = cells_[cell];
  if (data.residue != residue && std::find(data.more.begin(), data.more.end(), residue) == data.more.end()) {
    data.more.push_back(residue);
  }
  return cell;
}

void TableBuilder::result(const Result& result) {
  results_read_++;
  const Match match = filter_.match(result);
  if (!match.any()) return;
  results_kept_++;
  table_by_->project_values(result, match, table_keys_);
  const Key row = row_by_->project(result), col = col_by_->project(result),
            residue = residue_->project(result);
  ignore_->project(result);
  size_t kept = 0;
  for (size_t i = 0; i < result.values.size(); i++) {
    if (!match.test(i)) continue;
    const uint32_t cell = cell_of({table_keys_[kept], row, col}, kept, residue);
    kept++;
    const double value = result.values[i].value;
    if (std::isnan(value)) {
      cells_[cell].not_numbers++;
    } else {
      cells_[cell].count++;
      observations_.push_back({cell, value});
    }
  }
}

std::vector<std::string> TableBuilder::take_problems() { return std::exchange(problems_, {}); }

prof::Warnings TableBuilder::unseen_keys() const {
  prof::Warnings warnings;
  if (results_read_ == 0) return warnings;
  const std::pair<const char*, std::vector<std::string>> flags[] = {{"-filter", filter_.unseen_keys()},
                                                                    {"-table", table_by_->unseen_keys()},
                                                                    {"-row", row_by_->unseen_keys()},
                                                                    {"-col", col_by_->unseen_keys()},
                                                                    {"-ignore", ignore_->unseen_keys()}};
  for (const auto& [flag, keys] : flags) {
    if (results_kept_ == 0 && std::string_view(flag) != "-filter") break;
    for (const std::string& key : keys)
      warnings.push_back(std::string(flag) + ": no result has a key " + key);
  }
  return warnings;
}

Tables TableBuilder::build(const Options& options) {
  Tables tables;
  size_t next = 0;
  std::vector<std::vector<uint32_t>> by_table(table_by_->size());
  for (uint32_t i = 0; i < cells_.size(); i++) {
    CellData& cell = cells_[i];
    cell.first = next;
    next += cell.count;
    if (cell.count != 0) {
      by_table[cell.table].push_back(i);
    } else {
      problem("row " + row_by_->values(cell.row) + ", column " + col_by_->values(cell.col) +
              ": left out, no value is a number");
    }
  }
  tables.values.resize(next);
  std::vector<size_t> fill(cells_.size());
  for (size_t i = 0; i < cells_.size(); i++) fill[i] = cells_[i].first;
  for (const Observation& observation : observations_)
    tables.values[fill[observation.cell]++] = observation.value;
  observations_ = {};
  for (const CellData& cell : cells_) {
    const auto begin = tables.values.begin() + static_cast<ptrdiff_t>(cell.first);
    std::sort(begin, begin + static_cast<ptrdiff_t>(cell.count));
  }

  std::vector<Key> keys;
  for (Key key = 0; key < by_table.size(); key++) {
    if (!by_table[key].empty()) keys.push_back(key);
  }
  table_by_->sort(keys);
  for (const Key key : keys) tables.tables.push_back(build_table(key, by_table[key], tables, options));
  return tables;
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
  const auto levels = col_by_->fields();
  table.levels = levels.size();
  for (const Key column : columns) {
    std::vector<std::string> values;
    for (const size_t field : levels) values.push_back(col_by_->value(column, field));
    table.columns.push_back(std::move(values));
  }
}

Cell TableBuilder::build_cell(const CellData& data, const Tables& storage, Assumption assumption,
                              const Options& options) const {
  Cell cell;
  cell.sample = {storage.values.data() + data.first, data.count};
  if (!data.more.empty()) {
    std::vector<Key> residues = data.more;
    residues.push_back(data.residue);
    std::string warning;
    for (const std::string& name : residue_->varying(residues)) {
      warning += (warning.empty() ? "benchmarks vary in " : ", ") + name;
    }
    if (!warning.empty()) cell.warnings.push_back(std::move(warning));
  }
  if (data.not_numbers != 0) {
    cell.warnings.push_back(std::to_string(data.not_numbers) + " of " +
                            std::to_string(data.not_numbers + data.count) + " values are NaN and left out");
  }
  cell.summary = summarize(cell.sample, assumption, options);
  return cell;
}

namespace {

// Distinct keys in their order, and the place of each in it.
struct Ranking {
  std::vector<Key> keys;
  std::unordered_map<Key, size_t> place;
};

Ranking rank(const Projection& projection, std::vector<Key> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  projection.sort(keys);
  Ranking ranking{std::move(keys), {}};
  for (size_t i = 0; i < ranking.keys.size(); i++) ranking.place[ranking.keys[i]] = i;
  return ranking;
}

// The geometric mean of ratios rather than the ratio of geometric means: the same where the rows are the
// same, and still about the column where they differ.
ColumnSummary summarize_column(const Table& table, size_t column) {
  std::vector<double> centers, ratios;
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
    summary.warnings.emplace_back("benchmark set differs from baseline; geomeans may not be comparable");
  }
  summary.mean = geometric_mean(centers);
  if (!summary.mean) summary.warnings.emplace_back("summaries must be >0 to compute geomean");
  if (!is_baseline && !incomparable) {
    summary.ratio = geometric_mean(ratios);
    if (!summary.ratio) summary.warnings.emplace_back("ratios must be >0 to compute geomean");
  }
  return summary;
}

}  // namespace

Table TableBuilder::build_table(Key key, std::vector<uint32_t>& cells, const Tables& storage,
                                const Options& options) const {
  std::vector<Key> row_keys, col_keys;
  for (const uint32_t cell : cells) {
    row_keys.push_back(cells_[cell].row);
    col_keys.push_back(cells_[cell].col);
  }
  const Ranking rows = rank(*row_by_, std::move(row_keys)), cols = rank(*col_by_, std::move(col_keys));
  Table table;
  label(table, key, cols.keys);
  table.better = units_.better(table.unit);
  const Assumption assumption = units_.exact(table.unit) ? Assumption::kExact : Assumption::kNothing;
  for (const Key row : rows.keys) table.rows.push_back({row_by_->values(row), {}});
  std::sort(cells.begin(), cells.end(), [&](uint32_t a, uint32_t b) {
    return cols.place.at(cells_[a].col) < cols.place.at(cells_[b].col);
  });
  for (const uint32_t index : cells) {
    const CellData& data = cells_[index];
    Row& row = table.rows[rows.place.at(data.row)];
    Cell cell = build_cell(data, storage, assumption, options);
    cell.column = cols.place.at(data.col);
    if (const Cell* base = row.baseline())
      cell.comparison = compare(base->sample, cell.sample, assumption, options);
    row.cells.push_back(std::move(cell));
  }
  for (size_t column = 0; column < table.columns.size(); column++) {
    table.summaries.push_back(summarize_column(table, column));
  }
  return table;
}

}  // namespace bench
