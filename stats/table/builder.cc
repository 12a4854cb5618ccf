#include "stats/table/builder.h"

#include <algorithm>
#include <cmath>

namespace bench {

prof::Result<std::unique_ptr<TableBuilder>> TableBuilder::make(const Layout& layout,
                                                               const UnitMetadata& units) {
  std::unique_ptr<TableBuilder> builder(new TableBuilder(units));
  auto filter = Filter::parse(layout.filter);
  if (!filter) return prof::fail("parsing -filter: " + filter.error());
  builder->filter_ = std::move(*filter);
  builder->may_lack_runs_ = layout.run_key.empty() && layout.pairs;
  const std::string run_key = builder->may_lack_runs_ ? ".pair" : layout.run_key;
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
                        {"-ignore", layout.ignore, builder->ignore_, UnitField::kNo},
                        {"--run-key", run_key, builder->run_by_, UnitField::kNo}};
  for (const Flag& flag : flags) {
    auto projection = builder->group_.parse(flag.text, builder->filter_, flag.unit);
    if (!projection) return prof::fail(std::string("parsing ") + flag.name + ": " + projection.error());
    flag.projection = std::move(*projection);
  }
  builder->residue_ = builder->group_.residue();
  builder->has_runs_ = !run_key.empty();
  constexpr size_t kCells = 1 << 18;  // of addresses: memory is what gets touched
  builder->cells_.reserve(kCells);
  return builder;
}

uint32_t TableBuilder::cell_of(const CellKey& key, Key residue) {
  // Rows are numbered as they come: those of neighbours are found in neighbouring slots.
  constexpr uint64_t kNeighbours = 8;
  const uint64_t hash =
      FlatIndex::mix(FlatIndex::mix(FlatIndex::mix(1, key.row / kNeighbours), key.col), key.table) *
          kNeighbours +
      key.row % kNeighbours;
  uint32_t cell = index_.find(hash, [&](uint32_t i) {
    const CellData& known = cells_[i];
    return key == CellKey{known.table, known.row, known.col};
  });
  if (cell == FlatIndex::kNone) {
    cell = static_cast<uint32_t>(cells_.size());
    index_.insert(hash, cell);
    cells_.push_back({key.table, key.row, key.col, residue});
  }
  if (cells_[cell].residue != residue) {
    auto& more = more_residues_[cell];
    if (std::find(more.begin(), more.end(), residue) == more.end()) more.push_back(residue);
  }
  return cell;
}

// The place of the cell in pending_, made where it has none: of two values of one unit in a result both go
// there.
uint32_t TableBuilder::pending_of(uint32_t cell) {
  uint32_t& place = cells_[cell].pending;
  if (place < pending_size_ && pending_[place].cell == cell) return place;
  place = static_cast<uint32_t>(pending_size_++);
  if (pending_.size() < pending_size_) pending_.emplace_back();
  pending_[place].cell = cell;
  return place;
}

void TableBuilder::close_segments() {
  for (Pending& pending : std::span(pending_).first(pending_size_)) {
    if (pending.values.empty()) continue;
    const std::span<double> values = samples_.copy(pending.values);
    CellData& cell = cells_[pending.cell];
    if (cell.count == 0 && !has_runs_) {
      cell.values = values;
    } else {
      segments_.push_back({pending.cell, last_run_, values});
    }
    cell.count += static_cast<uint32_t>(values.size());
    pending.values.clear();
  }
  pending_size_ = 0;
}

void TableBuilder::result(const Result& result) {
  find_places(result);
  results_read_++;
  results_kept_ += kept_ ? 1 : 0;
  for (size_t i = 0; i < last_places_.size(); i++) {
    if (last_places_[i] == kNowhere) continue;
    Pending& pending = pending_[last_places_[i]];
    const auto& [value, unit, original_unit, moments] = result.values[i];
    add(pending, value);
    if (moments != nullptr && !std::isnan(value)) {
      Moments& known = moments_[pending.cell];
      known = known + *moments;
      means_[pending.cell].push_back(value);
    }
  }
}

void TableBuilder::results(Result& first, std::span<const int64_t> iterations,
                           std::span<const double> values) {
  find_places(first);
  results_read_ += iterations.size();
  results_kept_ += kept_ ? iterations.size() : 0;
  for (const double* value = values.data(); value != values.data() + values.size();) {
    for (const uint32_t place : last_places_) {
      const double next = *value++;
      if (place != kNowhere) add(pending_[place], next);
    }
  }
}

void TableBuilder::add(Pending& pending, double value) {
  if (std::isnan(value)) {
    cells_[pending.cell].not_numbers++;
  } else {
    pending.values.push_back(value);
  }
}

// Sets last_places_ and kept_.
void TableBuilder::find_places(const Result& result) {
  if (same_kind(result)) return;
  close_segments();
  place(result);
  remember(result);
}

// Runs of a benchmark mostly follow each other, and go where the last one went. Units are compared by place,
// which is the same for the same unit (UnitMetadata::unit).
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
  last_places_.assign(result.values.size(), kNowhere);
  const Match match = filter_.match(result);
  kept_ = match.any();
  if (!kept_) return;
  table_by_->project_values(result, match, table_keys_);
  const Key row = row_by_->project(result), col = col_by_->project(result),
            residue = residue_->project(result);
  note_machine(result, col);
  ignore_->project(result);
  if (has_runs_) last_run_ = run_by_->project(result);
  size_t kept = 0;
  for (size_t i = 0; i < result.values.size(); i++) {
    if (!match.test(i)) continue;
    last_places_[i] = pending_of(cell_of({table_keys_[kept], row, col}, residue));
    kept++;
  }
}

std::vector<std::string> TableBuilder::take_problems() { return std::exchange(problems_, {}); }

prof::Warnings TableBuilder::unseen_keys(const std::set<std::string>& may_lack) const {
  prof::Warnings warnings;
  if (results_read_ == 0) return warnings;
  const std::pair<const char*, std::vector<std::string>> flags[] = {
      {"-filter", filter_.unseen_keys()},
      {"-table", table_by_->unseen_keys()},
      {"-row", row_by_->unseen_keys()},
      {"-col", col_by_->unseen_keys()},
      {"-ignore", ignore_->unseen_keys()},
      {"--run-key", may_lack_runs_ ? std::vector<std::string>() : run_by_->unseen_keys()}};
  for (const auto& [flag, keys] : flags) {
    if (results_kept_ == 0 && std::string_view(flag) != "-filter") break;
    for (const std::string& key : keys) {
      if (may_lack.count(key) == 0) warnings.push_back(std::string(flag) + ": no result has a key " + key);
    }
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

Machine TableBuilder::machine_of(Key column) const {
  Machine machine;
  for (auto entry = machines_.lower_bound({column, ""});
       entry != machines_.end() && entry->first.first == column; ++entry)
    machine.insert({entry->first.second, entry->second});
  return machine;
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

}  // namespace bench
