// Hands results to Records: what all readers but that of Go text, which is faster without, have in common.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stats/benchfmt/reader.h"
#include "stats/benchmath/moments.h"

namespace bench {

class Emitter {
 public:
  explicit Emitter(Source& source) : source_(source) { result_.config = &source.config; }

  void begin(std::string_view name, int64_t iterations = 1) {
    name_ = name;
    result_.iterations = iterations;
    result_.values.clear();
    moments_.clear();
  }
  // In the unit as it stands: tidied here.
  void add(double value, std::string_view unit) {
    const Unit& known = unit_named(unit);
    result_.values.push_back({value * known.tidied.factor, known.tidied.unit, known.name, nullptr});
  }
  void add(const Moments& moments, std::string_view unit) {
    const double factor = unit_named(unit).tidied.factor;
    add(moments.mean, unit);
    moments_.push_back({moments.mean * factor, moments.deviation * factor, moments.size});
    result_.values.back().moments = &moments_.back();
  }
  // Nothing happens where there are no values.
  void end() {
    result_.name = name_;
    if (!result_.values.empty()) source_.records.result(result_);
  }

 private:
  struct Unit {
    std::string name;
    TidyUnit tidied;
  };
  const Unit& unit_named(std::string_view name) {
    const auto [entry, added] = units_.try_emplace(std::string(name));
    if (added) entry->second = {std::string(name), tidy(name)};
    return entry->second;
  }

  Source& source_;
  Result result_;
  std::string name_;
  std::deque<Moments> moments_;
  std::unordered_map<std::string, Unit> units_;
};

}  // namespace bench
