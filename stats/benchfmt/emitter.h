// Hands results to Records: what all readers but that of Go text, which is faster without, have in common.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "stats/benchfmt/reader.h"
#include "stats/benchmath/moments.h"

namespace bench {

class Emitter {
 public:
  explicit Emitter(Source& source) : source_(source) { result_.config = &source.config; }

  void begin(std::string_view name, int64_t iterations = 0) {
    name_ = name;
    result_.iterations = iterations;
    result_.values.clear();
    moments_.clear();
  }
  // In the unit as it stands: tidied here.
  void add(double value, std::string_view unit) {
    result_.values.push_back(source_.units.unit(unit).value(value));
  }
  void add(const Moments& moments, std::string_view unit) {
    const double factor = source_.units.unit(unit).tidied.factor;
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
  Source& source_;
  Result result_;
  std::string name_;
  std::deque<Moments> moments_;
};

}  // namespace bench
