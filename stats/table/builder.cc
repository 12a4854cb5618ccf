#include "stats/table/builder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/table/column_summary.h"
#include "stats/text/parallel.h"

namespace bench {
namespace {

// Distinct keys in their order, and by key its place in it.
struct Ranking {
  std::vector<Key> keys;
  std::vector<size_t> place;
};

Ranking rank(const Projection& projection, std::vector<Key> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  projection.sort(keys);
  Ranking ranking{std::move(keys), std::vector<size_t>(projection.size())};
  for (size_t i = 0; i < ranking.keys.size(); i++) ranking.place[ranking.keys[i]] = i;
  return ranking;
}

}  // namespace

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

uint32_t TableBuilder::cell_of(const CellKey& key, Key residue) {
  const uint64_t hash = FlatIndex::mix(FlatIndex::mix(FlatIndex::mix(1, key.row), key.col), key.table);
  uint32_t cell = index_.find(hash, [&](uint32_t i) {
    return key == CellKey{cells_[i].table, cells_[i].row, cells_[i].col};
  });
  if (cell == FlatIndex::kNone) {
    cell = static_cast<uint32_t>(cells_.size());
    index_.insert(hash, cell);
    cells_.push_back({key.table, key.row, key.col, residue, {}});
  }
  CellData& data = cells_[cell];
  if (data.residue != residue && std::find(data.more.begin(), data.more.end(), residue) == data.more.end()) {
    data.more.push_back(residue);
  }
  return cell;
}

void TableBuilder::result(const Result& result) {
  results_read_++;
  if (!same_kind(result)) {
    place(result);
    remember(result);
  }
  results_kept_ += kept_ ? 1 : 0;
  for (size_t i = 0; i < last_cells_.size(); i++) {
    const uint32_t cell = last_cells_[i];
    if (cell == kNoCell) continue;
    const double value = result.values[i].value;
    if (std::isnan(value)) {
      cells_[cell].not_numbers++;
    } else {
      cells_[cell].count++;
      if (result.values[i].moments != nullptr) {
        Moments& known = moments_[cell];
        known = known + *result.values[i].moments;
      }
      observed_cells_.push_back(cell);
      observed_values_.push_back(value);
    }
  }
}

// Runs of a benchmark mostly follow each other, and go where the last one went. Units are compared by place:
// readers hand out the same views for the same unit.
bool TableBuilder::same_kind(const Result& result) const {
  if (result.config->version() != last_version_ || result.name != last_name_ ||
      result.values.size() != last_units_.size()) {
    return false;
  }
  for (size_t i = 0; i < last_units_.size(); i++) {
    const auto& [unit, original] = last_units_[i];
    const Value& value = result.values[i];
    if (value.unit.data() != unit.data() || value.unit.size() != unit.size() ||
        value.original_unit.data() != original.data() || value.original_unit.size() != original.size()) {
      return false;
    }
  }
  return true;
}

void TableBuilder::remember(const Result& result) {
  last_version_ = result.config->version();
  last_name_ = result.name;
  last_units_.clear();
  for (const Value& value : result.values) last_units_.emplace_back(value.unit, value.original_unit);
}

void TableBuilder::place(const Result& result) {
  last_cells_.assign(result.values.size(), kNoCell);
  const Match match = filter_.match(result);
  kept_ = match.any();
  if (!kept_) return;
  table_by_->project_values(result, match, table_keys_);
  const Key row = row_by_->project(result), col = col_by_->project(result),
            residue = residue_->project(result);
  note_machine(result, col);
  ignore_->project(result);
  size_t kept = 0;
  for (size_t i = 0; i < result.values.size(); i++) {
    if (!match.test(i)) continue;
    last_cells_[i] = cell_of({table_keys_[kept], row, col}, residue);
    kept++;
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

// Keys of the configuration that tell one machine from another.
constexpr const char* kMachineKeys[] = {"host_name", "cpu",     "num_cpus", "goos",
                                        "goarch",    "machine", "hostname"};

void TableBuilder::note_machine(const Result& result, Key column) {
  if (noted_version_ == result.config->version() && noted_column_ == column) return;
  noted_version_ = result.config->version();
  noted_column_ = column;
  for (const char* key : kMachineKeys) {
    if (const std::string* value = result.config->find(key)) machines_[{column, key}].insert(*value);
  }
}

prof::Warnings TableBuilder::machine_warnings(const std::vector<Key>& columns) const {
  prof::Warnings warnings;
  for (const char* key : kMachineKeys) {
    const auto base = columns.empty() ? machines_.end() : machines_.find({columns[0], key});
    if (base == machines_.end()) continue;
    for (size_t i = 1; i < columns.size(); i++) {
      const auto other = machines_.find({columns[i], key});
      if (other == machines_.end() || other->second == base->second) continue;
      warnings.push_back("different machines: " + std::string(key) + " is " + *base->second.begin() + " in " +
                         col_by_->values(columns[0]) + " and " + *other->second.begin() + " in " +
                         col_by_->values(columns[i]));
    }
  }
  return warnings;
}

Tables TableBuilder::build(const Options& options, Runs runs) {
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
  tables.moments = std::move(moments_);
  std::vector<size_t> fill(cells_.size());
  for (size_t i = 0; i < cells_.size(); i++) fill[i] = cells_[i].first;
  for (size_t i = 0; i < observed_cells_.size(); i++)
    tables.values[fill[observed_cells_[i]]++] = observed_values_[i];
  observed_cells_ = {};
  observed_values_ = {};
  if (runs == Runs::kKeep) tables.runs = tables.values;

  std::vector<Key> keys;
  for (Key key = 0; key < by_table.size(); key++) {
    if (!by_table[key].empty()) keys.push_back(key);
  }
  table_by_->sort(keys);
  std::vector<Key> column_keys;
  for (const CellData& cell : cells_) {
    if (cell.count != 0) column_keys.push_back(cell.col);
  }
  const Ranking columns = rank(*col_by_, std::move(column_keys));
  for (const Key column : columns.keys) tables.columns.push_back(column_values(column));
  tables.warnings = machine_warnings(columns.keys);
  for (const auto& [place, values] : machines_)
    tables.machine[place.second].insert(values.begin(), values.end());
  tables.tables.resize(keys.size());
  for_all(keys.size(), [&](size_t i) {
    for (const uint32_t index : by_table[keys[i]]) {
      const auto begin = tables.values.begin() + static_cast<ptrdiff_t>(cells_[index].first);
      std::sort(begin, begin + static_cast<ptrdiff_t>(cells_[index].count));
    }
    tables.tables[i] = build_table(keys[i], by_table[keys[i]], tables, columns.place, options);
  });
  cells_ = {};
  index_ = {};
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

Cell TableBuilder::build_cell(const CellData& data, const Tables& storage, Assumption assumption,
                              const Options& options) const {
  Cell cell;
  cell.sample = {storage.values.data() + data.first, data.count};
  if (!storage.runs.empty()) cell.runs = {storage.runs.data() + data.first, data.count};
  if (!data.more.empty()) {
    std::vector<Key> residues = data.more;
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
  cell.summary = summarize(cell.sample, assumption, options);
  return cell;
}

Table TableBuilder::build_table(Key key, std::vector<uint32_t>& cells, const Tables& storage,
                                const std::vector<size_t>& places, const Options& options) const {
  std::vector<Key> row_keys, col_keys;
  for (const uint32_t cell : cells) {
    row_keys.push_back(cells_[cell].row);
    col_keys.push_back(cells_[cell].col);
  }
  const Ranking rows = rank(*row_by_, std::move(row_keys)), cols = rank(*col_by_, std::move(col_keys));
  Table table;
  label(table, key, cols.keys);
  for (const Key column : cols.keys) table.places.push_back(places[column]);
  table.better = units_.better(table.unit);
  table.exact = units_.exact(table.unit);
  const Assumption assumption = table.exact ? Assumption::kExact : Assumption::kNothing;
  for (const Key row : rows.keys) table.rows.push_back({row_by_->values(row), {}});
  std::sort(cells.begin(), cells.end(),
            [&](uint32_t a, uint32_t b) { return cols.place[cells_[a].col] < cols.place[cells_[b].col]; });
  for (const uint32_t index : cells) {
    const CellData& data = cells_[index];
    Row& row = table.rows[rows.place[data.row]];
    Cell cell = build_cell(data, storage, assumption, options);
    cell.column = cols.place[data.col];
    if (const auto known = storage.moments.find(index); known != storage.moments.end()) {
      cell.moments = &known->second;
      cell.summary = summarize(known->second, options);
    }
    if (const Cell* base = row.baseline()) {
      cell.comparison = base->moments != nullptr || cell.moments != nullptr
                            ? compare(moments_of(*base), moments_of(cell), options)
                            : compare(base->sample, cell.sample, assumption, options);
    }
    row.cells.push_back(std::move(cell));
  }
  table.order.resize(table.rows.size());
  std::iota(table.order.begin(), table.order.end(), size_t{0});
  for (size_t column = 0; column < table.columns.size(); column++) {
    table.summaries.push_back(summarize_column(table, column));
  }
  return table;
}

}  // namespace bench
