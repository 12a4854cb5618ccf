// What a profile says of its own quality in its comments, which every viewer shows.
#pragma once

#include <string>
#include <vector>

#include "libprof/record/build.h"

namespace prof::record {

// Who recorded what, at which rate and precision, what was dropped or truncated. `made` has its counts, `all`
// those of every process; `period` is the kind's.
std::vector<std::string> quality_comments(const KindProfile& made, const Profiles& all,
                                          const BuildOptions& options, uint64_t period);

}  // namespace prof::record
