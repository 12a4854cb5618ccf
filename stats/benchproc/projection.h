// Projections turn results into keys: tuples of strings that say in which table, row or column a result
// belongs, and in which order keys stand.
//
// The projections of one run are a group: keys that one of them names are left out of .config and .fullname
// in all others, and what none names is the residue. So all of a group must be parsed before the first result
// is projected.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stats/benchproc/filter.h"
#include "stats/benchproc/flat_index.h"
#include "stats/benchproc/projection_parse.h"
#include "stats/benchproc/symbols.h"

namespace bench {

using Key = uint32_t;  // of one projection: equal keys, equal tuples

class ProjectionGroup;

class Projection {
 public:
  struct Field {
    std::string name;
    std::function<int(const std::string&, const std::string&)> compare;  // null: in order of observation
    std::vector<uint32_t> observed;  // by symbol: 1 + when it was first seen
    bool from_config = false;
  };

  Projection(ProjectionGroup& group, Symbols& symbols);
  Projection(const Projection&) = delete;
  Projection& operator=(const Projection&) = delete;

  // The key of a result. REQUIRES: made without a .unit field.
  Key project(const Result& result);
  // The keys of its values, each in the table of its unit. REQUIRES: made with a .unit field.
  void project_values(const Result& result, const Match& match, std::vector<Key>& keys);

  // Fields in the order in which they sort and print; .config is the fields that it has become. By index.
  std::vector<size_t> fields() const;
  const Field& field(size_t index) const { return fields_[index]; }
  const std::string& value(Key key, size_t field) const;
  // The values that are not empty, a space between them.
  std::string values(Key key) const;
  bool less(Key a, Key b) const;
  void sort(std::vector<Key>& keys) const;
  size_t size() const { return rows_.size(); }
  // Names of fields in which the keys differ.
  std::vector<std::string> varying(const std::vector<Key>& keys) const;
  // Keys of the expression that no result had.
  std::vector<std::string> unseen_keys() const;

 private:
  friend class ProjectionGroup;
  enum class Source { kExtract, kFullName, kConfig, kUnit };
  struct Part {
    Source source;
    std::string key;
    Extractor extractor = Extractor::full_name_without({});
    std::vector<size_t> fields{};  // kConfig: grows with the keys that results have
    std::function<int(const std::string&, const std::string&)> compare{};
    uint64_t config_version = 0;  // kConfig: the row already has the values of this configuration
    bool seen = false;
    Symbol guess = 0;
  };

  size_t add_field(std::string name, std::function<int(const std::string&, const std::string&)> compare);
  void add_part(Part part);
  void fill(const Result& result);
  void fill_config(Part& part, const Result& result);
  Key intern_row();
  bool has_last_keys(const Result& result) const {
    return !of_names_ && last_version_ == result.config->version();
  }
  Key key_of_unit(std::string_view unit);
  int compare(const Field& field, Symbol a, Symbol b) const;

  ProjectionGroup& group_;
  Symbols& symbols_;
  std::vector<Part> parts_;
  std::vector<Field> fields_;
  std::vector<Symbol> row_;                // of the result at hand, by field
  std::vector<std::vector<Symbol>> rows_;  // by key; trailing empty values are trimmed
  FlatIndex keys_;                         // of rows_
  Key guess_ = 0;                          // the one behind the last
  // Where all parts are of the configuration, what has the configuration of the result before has its keys.
  bool of_names_ = false;
  std::optional<uint64_t> last_version_;  // of the configuration that these are of
  Key last_key_ = 0;
  std::vector<std::pair<const char*, Key>> last_unit_keys_;  // by the place of the unit
  std::string scratch_;
};

class ProjectionGroup {
 public:
  explicit ProjectionGroup(Symbols& symbols) : symbols_(symbols) {}
  ProjectionGroup(const ProjectionGroup&) = delete;
  ProjectionGroup& operator=(const ProjectionGroup&) = delete;

  enum class UnitField { kNo, kYes };  // kYes: .unit is one more field, last
  // A fixed order also restricts `filter` to its values. The error is describe()d.
  tl::expected<std::unique_ptr<Projection>, std::string> parse(std::string_view text, Filter& filter,
                                                               UnitField unit = UnitField::kNo);
  // All that no projection names so far.
  std::unique_ptr<Projection> residue();

  bool names_config(std::string_view key) const;
  const Extractor& full_name();

 private:
  std::optional<SyntaxError> add_part(Projection& projection, const ProjectionPart& part, Filter& filter);

  Symbols& symbols_;
  std::vector<std::string> config_keys_;
  std::vector<std::string> name_keys_;
  bool has_config_ = false;
  bool has_full_name_ = false;
  std::optional<Extractor> full_name_;
};

}  // namespace bench
