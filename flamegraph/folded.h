// Folded stacks: one line a distinct stack, "main;parse;read 42", root first, sorted; what flamegraph.pl,
// speedscope and most other viewers read.
#pragma once

#include <string>

#include "libprof/report/view.h"

namespace prof::flame {

// All stacks of the view, nothing pruned. In names, ";" becomes ":" and control characters spaces.
std::string to_folded(const report::View& view);

}  // namespace prof::flame
