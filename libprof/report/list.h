// `list`: the source of functions whose name matches, each line with what it costs.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/value.h"
#include "libprof/report/view.h"

namespace prof::report {

struct SourceLine {
  int64_t number = 0;
  int64_t flat = 0;
  int64_t cum = 0;
  std::string text;
};

struct Routine {
  std::string name;
  std::string file;  // "": the profile names none
  int64_t flat = 0;
  int64_t cum = 0;
  std::vector<SourceLine> lines;
  std::string error;  // why there are no lines
};

struct Listing {
  Value value;
  int64_t total = 0;
  std::vector<Routine> routines;  // by name, then file
};

// What stands for source that is missing: nothing, or the lines that have samples, as "???".
enum class Missing { kNothing, kSampledLines };

// Fails where `expression` is no regular expression or matches no function.
Result<Listing> list(const View& view, const std::string& expression, Missing missing = Missing::kNothing);
// `is_colored`: for a terminal (heat.h).
std::string print(const Listing& listing, bool is_colored = false);

}  // namespace prof::report
