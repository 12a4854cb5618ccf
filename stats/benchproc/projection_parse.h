// The grammar of projections: projection = part {","? part}; part = key | key@alpha | key@num | key@(word
// word ...).
#pragma once

#include <string>
#include <vector>

#include "stats/benchproc/token.h"

namespace bench {

struct ProjectionPart {
  std::string key;
  std::string order = "first";     // "first", "fixed", or a name
  std::vector<std::string> fixed;  // the values of a fixed order; others are filtered out
  size_t key_offset = 0;
  size_t order_offset = 0;
};

tl::expected<std::vector<ProjectionPart>, SyntaxError> parse_projection(std::string_view text);

}  // namespace bench
