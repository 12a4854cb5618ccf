#include "stats/benchproc/projection.h"

#include <algorithm>

#include "stats/benchproc/order.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

// Whether the key is of the name of a benchmark, or a part of it; else it is of the configuration.
bool names_name(std::string_view key) { return key == ".name" || key.starts_with('/'); }

}  // namespace

Projection::Projection(ProjectionGroup& group, Symbols& symbols) : group_(group), symbols_(symbols) {}

size_t Projection::add_field(std::string name,
                             std::function<int(const std::string&, const std::string&)> compare) {
  fields_.push_back({std::move(name), std::move(compare), {}, false});
  row_.push_back(0);
  return fields_.size() - 1;
}

void Projection::add_part(Part part) {
  of_names_ |= part.source == Source::kFullName || names_name(part.key);
  parts_.push_back(std::move(part));
}

void Projection::fill_config(Part& part, const Result& result) {
  if (part.config_version == result.config->version()) return;
  part.config_version = result.config->version();
  for (const size_t field : part.fields) row_[field] = 0;
  for (const auto& entry : result.config->entries()) {
    if (!entry.is_file || group_.names_config(entry.key)) continue;
    auto known = std::find_if(part.fields.begin(), part.fields.end(),
                              [&](size_t field) { return fields_[field].name == entry.key; });
    if (known == part.fields.end()) {
      part.fields.push_back(add_field(entry.key, part.compare));
      fields_.back().from_config = true;
      known = part.fields.end() - 1;
    }
    row_[*known] = symbols_.intern(entry.value);
  }
}

void Projection::fill(const Result& result) {
  for (Part& part : parts_) {
    switch (part.source) {
      case Source::kUnit:
        row_[part.fields[0]] = 0;
        break;
      case Source::kConfig:
        fill_config(part, result);
        break;
      case Source::kFullName:
        row_[part.fields[0]] = symbols_.intern(group_.full_name()(result, scratch_), part.guess);
        break;
      case Source::kExtract:
        row_[part.fields[0]] = symbols_.intern(part.extractor(result, scratch_), part.guess);
        part.seen |= row_[part.fields[0]] != 0;
        break;
    }
  }
}

Key Projection::intern_row() {
  // Fields may be added later: a key is the same whether or not the fields that it does not have exist yet.
  size_t size = row_.size();
  while (size > 0 && row_[size - 1] == 0) size--;
  const auto is_row = [&](Key key) {
    const auto& row = rows_[key];
    return row.size() == size && std::equal(row.begin(), row.end(), row_.begin());
  };
  // Results mostly come in the order of those of the file before.
  if (guess_ < rows_.size() && is_row(guess_)) return guess_++;
  uint64_t hash = size;
  for (size_t i = 0; i < size; i++) hash = FlatIndex::mix(hash, row_[i]);
  const Key known = keys_.find(hash, is_row);
  guess_ = known != FlatIndex::kNone ? known + 1 : static_cast<Key>(rows_.size() + 1);
  if (known != FlatIndex::kNone) return known;
  for (size_t i = 0; i < fields_.size(); i++) {
    auto& observed = fields_[i].observed;
    if (observed.size() <= row_[i]) observed.resize(row_[i] + 1);
    if (observed[row_[i]] == 0) observed[row_[i]] = static_cast<uint32_t>(rows_.size() + 1);
  }
  rows_.emplace_back(row_.begin(), row_.begin() + static_cast<ptrdiff_t>(size));
  const auto key = static_cast<Key>(rows_.size() - 1);
  keys_.insert(hash, key);
  return key;
}

Key Projection::project(const Result& result) {
  if (has_last_keys(result)) return last_key_;
  fill(result);
  last_version_ = result.config->version();
  return last_key_ = intern_row();
}

void Projection::project_values(const Result& result, const Match& match, std::vector<Key>& keys) {
  if (!has_last_keys(result)) {
    fill(result);
    last_version_ = result.config->version();
    last_unit_keys_.clear();
  }
  keys.clear();
  for (size_t i = 0; i < result.values.size(); i++) {
    if (match.test(i)) keys.push_back(key_of_unit(result.values[i].unit));
  }
}

Key Projection::key_of_unit(std::string_view unit) {
  constexpr size_t kFew = 16;  // so many are looked through
  for (const auto& [place, key] : last_unit_keys_) {
    if (place == unit.data()) return key;
  }
  row_[parts_.back().fields[0]] = symbols_.intern(unit);
  const Key key = intern_row();
  if (last_unit_keys_.size() < kFew) last_unit_keys_.emplace_back(unit.data(), key);
  return key;
}

std::vector<size_t> Projection::fields() const {
  std::vector<size_t> order;
  for (const Part& part : parts_) order.insert(order.end(), part.fields.begin(), part.fields.end());
  return order;
}

const std::string& Projection::value(Key key, size_t field) const {
  return symbols_.text(field < rows_[key].size() ? rows_[key][field] : 0);
}

std::string Projection::values(Key key) const {
  std::string text;
  for (const Part& part : parts_) {
    for (const size_t field : part.fields) {
      const std::string& more = value(key, field);
      if (!text.empty() && !more.empty()) text += ' ';
      text += more;
    }
  }
  return text;
}

int Projection::compare(const Field& field, Symbol a, Symbol b) const {
  if (field.compare) return field.compare(symbols_.text(a), symbols_.text(b));
  // Configuration keys come and go with files; their values stand in alphabetical order, not in that of
  // observation.
  if (field.from_config) return 0;
  return static_cast<int>(field.observed[a]) - static_cast<int>(field.observed[b]);
}

bool Projection::less(Key a, Key b) const {
  for (const Part& part : parts_) {
    for (const size_t field : part.fields) {
      const Symbol x = field < rows_[a].size() ? rows_[a][field] : 0;
      const Symbol y = field < rows_[b].size() ? rows_[b][field] : 0;
      if (x == y) continue;
      const int order = compare(fields_[field], x, y);
      return order != 0 ? order < 0 : symbols_.text(x) < symbols_.text(y);
    }
  }
  return false;
}

void Projection::sort(std::vector<Key>& keys) const {
  const auto before = [&](Key a, Key b) { return less(a, b); };
  // Keys in the order in which they were observed mostly stand like that.
  if (!std::is_sorted(keys.begin(), keys.end(), before)) std::sort(keys.begin(), keys.end(), before);
}

std::vector<std::string> Projection::varying(const std::vector<Key>& keys) const {
  std::vector<std::string> names;
  for (const size_t field : fields()) {
    const auto differs = [&](Key key) { return value(key, field) != value(keys[0], field); };
    if (std::any_of(keys.begin(), keys.end(), differs)) names.push_back(fields_[field].name);
  }
  return names;
}

std::vector<std::string> Projection::unseen_keys() const {
  std::vector<std::string> keys;
  for (const Part& part : parts_) {
    if (part.source == Source::kExtract && !part.seen) keys.push_back(part.key);
  }
  return keys;
}

bool ProjectionGroup::names_config(std::string_view key) const {
  return std::find(config_keys_.begin(), config_keys_.end(), key) != config_keys_.end();
}

const Extractor& ProjectionGroup::full_name() {
  if (!full_name_) full_name_ = Extractor::full_name_without(name_keys_);
  return *full_name_;
}

tl::expected<std::unique_ptr<Projection>, std::string> ProjectionGroup::parse(std::string_view text,
                                                                              Filter& filter,
                                                                              UnitField unit) {
  const auto parts = parse_projection(text);
  if (!parts) return tl::unexpected(describe(parts.error(), text));
  auto projection = std::make_unique<Projection>(*this, symbols_);
  for (const ProjectionPart& part : *parts) {
    if (const auto error = add_part(*projection, part, filter)) return tl::unexpected(describe(*error, text));
  }
  if (unit == UnitField::kYes) {
    Projection::Part part{Projection::Source::kUnit, ".unit"};
    part.fields = {projection->add_field(".unit", nullptr)};
    projection->add_part(std::move(part));
  }
  return projection;
}

std::optional<SyntaxError> ProjectionGroup::add_part(Projection& projection, const ProjectionPart& parsed,
                                                     Filter& filter) {
  using Source = Projection::Source;
  Projection::Part part{Source::kExtract, parsed.key};
  const bool fixed = !parsed.fixed.empty();
  if (fixed) {
    part.compare = [values = parsed.fixed](const std::string& a, const std::string& b) {
      // The last of equal values counts; a value that is not among them sorts like the first.
      const auto place = [&](const std::string& value) {
        const auto found = std::find(values.rbegin(), values.rend(), value);
        return found == values.rend() ? ptrdiff_t{0} : values.rend() - found - 1;
      };
      return static_cast<int>(place(a) - place(b));
    };
  } else if (parsed.order != "first") {
    const Compare named = order_named(parsed.order);
    if (named == nullptr) return SyntaxError{parsed.order_offset, "unknown order " + quote(parsed.order)};
    part.compare = named;
  }

  if (parsed.key == ".config") {
    if (fixed) return SyntaxError{parsed.order_offset, "fixed order not allowed for .config"};
    part.source = Source::kConfig;
    has_config_ = true;
    projection.add_part(std::move(part));
    return std::nullopt;
  }
  if (parsed.key == ".unit") return SyntaxError{parsed.key_offset, ".unit is only allowed in filters"};
  const auto extractor = Extractor::make(parsed.key);
  if (!extractor) return SyntaxError{parsed.key_offset, extractor.error()};
  part.extractor = *extractor;
  if (parsed.key == ".fullname") {
    part.source = Source::kFullName;
    has_full_name_ = true;
  } else if (names_name(parsed.key)) {
    name_keys_.push_back(parsed.key);
  } else {
    config_keys_.push_back(parsed.key);
  }
  if (fixed) filter.require(*extractor, parsed.fixed);
  part.fields = {projection.add_field(parsed.key, part.compare)};
  projection.add_part(std::move(part));
  return std::nullopt;
}

std::unique_ptr<Projection> ProjectionGroup::residue() {
  auto projection = std::make_unique<Projection>(*this, symbols_);
  if (!has_config_) projection->add_part({Projection::Source::kConfig, ".config"});
  if (!has_full_name_) {
    Projection::Part part{Projection::Source::kFullName, ".fullname"};
    part.fields = {projection->add_field(".fullname", nullptr)};
    projection->add_part(std::move(part));
  }
  return projection;
}

}  // namespace bench
