// Regressions, and removals of benchmarks, that are known and accepted until a date.
//
// A file of lines `YYYY-MM-DD UNIT ROW [# reason]`: on that day the waiver still holds. UNIT, which is tidied
// as those of results are, and ROW are patterns in which `*` stands for any text; a ROW with spaces in it is
// quoted. Where UNIT is `*` the benchmark may also be gone. Empty lines and lines that begin with # are
// comments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"

namespace bench {

struct Waiver {
  std::string until;  // YYYY-MM-DD
  std::string unit;
  std::string row;
  std::string reason;
  std::string place;  // "FILE:LINE"

  bool matches(std::string_view unit_name, std::string_view row_name) const;
  bool expired(std::string_view today) const { return today > until; }
};
using Waivers = std::vector<Waiver>;

// Fails at the first line that is malformed: a waiver that is not read would fail a build, one that is read
// wrongly would hide a regression.
prof::Result<Waivers> parse_waivers(std::string_view text, const std::string& file);

// YYYY-MM-DD, UTC.
std::string today();

}  // namespace bench
