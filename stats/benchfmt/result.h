// One benchmark result: a name, its measurements, the configuration it ran under.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stats/benchfmt/unit.h"

namespace bench {

struct Moments;

// Key-value pairs in force when a result was measured. Erasing moves the last entry into the gap: the order
// is the one in which new keys become fields of a table.
class Configuration {
 public:
  struct Entry {
    std::string key;
    std::string value;
    bool is_file;  // from the benchmark file, hence part of .config; else only found by its own name
  };

  void set(std::string_view key, std::string_view value, bool is_file);
  void erase(std::string_view key);
  const std::string* find(std::string_view key) const;
  const std::vector<Entry>& entries() const { return entries_; }
  // Changes whenever the contents do; never repeats within a process.
  uint64_t version() const { return version_; }

 private:
  void touch();
  std::vector<Entry> entries_;
  uint64_t version_ = 0;
};

struct Value {
  double value = 0;                  // in `unit`
  std::string_view unit;             // tidied
  std::string_view original_unit;    // as the file has it
  const Moments* moments = nullptr;  // of runs that the file only summarizes: `value` is then their mean
};

// The views are valid during the call that hands the result over, those of units as long as the UnitMetadata
// that they are of.
struct Result {
  std::string_view name;   // without "Benchmark"
  int64_t iterations = 0;  // that each value is of; 0: not told
  std::vector<Value> values;
  const Configuration* config = nullptr;
};

// A benchmark name is base{/part}[-digits]; a part is key=value, or a position.
struct NameParts {
  std::string_view base;
  std::string_view parts;  // "/a=1/b"
  std::string_view procs;  // "-8", or empty
};
NameParts split_name(std::string_view name);
// Calls visit("/a=1"), visit("/b"), ... until it returns false.
template <typename Visit>
void for_each_part(std::string_view parts, Visit visit) {
  while (!parts.empty()) {
    const size_t end = parts.find('/', 1);
    if (!visit(parts.substr(0, end))) return;
    parts.remove_prefix(end == std::string_view::npos ? parts.size() : end);
  }
}

// A unit as files write it, and tidied.
struct KnownUnit {
  std::string name;
  TidyUnit tidied;

  Value value(double amount) const { return {amount * tidied.factor, tidied.unit, name, nullptr}; }
};

// The units of a run, and what `Unit` lines say of them: assume=exact, better=higher, ... by tidied unit.
class UnitMetadata {
 public:
  // One object for each name, which stays where it is: equal units have equal addresses.
  const KnownUnit& unit(std::string_view name);
  // The value already set to something else, or null where it was taken.
  const std::string* set(std::string_view unit, std::string_view key, std::string_view value);
  const std::string* find(std::string_view unit, std::string_view key) const;
  bool exact(std::string_view unit) const;
  size_t size() const { return values_.size(); }  // of what was set
  // visit(unit, key, value) of what was set, unit by unit.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [place, value] : values_) visit(place.first, place.second, value);
  }
  // From decide_better, else from better=, else from the unit itself.
  Better better(std::string_view unit) const;
  void decide_better(std::string_view unit, Better better) { decided_[tidy(unit).unit] = better; }
  const std::map<std::string, Better, std::less<>>& decided() const { return decided_; }  // by tidied unit

 private:
  std::map<std::pair<std::string, std::string>, std::string, std::less<>> values_;
  std::map<std::string, Better, std::less<>> decided_;
  std::map<std::string, KnownUnit, std::less<>> units_;
};

}  // namespace bench
