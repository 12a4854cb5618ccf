// The amounts of a function's lines or instructions as columns, hot ones in colour on a terminal: red where
// it is 5% of the function's or more, green from 0.5% on, as perf annotate has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/report/value.h"

namespace prof::report {

class Heat {
 public:
  // `lines`: all of one function, each with a cum. The function's cost is their sum, without signs: in a
  // difference profile they would cancel.
  template <typename Line>
  Heat(const Value& value, const std::vector<Line>& lines, bool is_colored) : value_(value) {
    if (!is_colored) return;
    for (const Line& line : lines) whole_ += static_cast<double>(magnitude(line.cum));
  }

  std::string cell(int64_t amount) const;  // of ten columns or more, "." for nothing

 private:
  const Value& value_;
  double whole_ = 0;  // 0: nothing is coloured
};

}  // namespace prof::report
