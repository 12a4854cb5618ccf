// Folded stacks: one line a distinct stack, "main;parse;read 42", root first, sorted; what flamegraph.pl,
// speedscope and most other viewers read.
#pragma once

#include <string>

#include "libprof/base/file_parts.h"
#include "libprof/report/view.h"

namespace prof::flame {

// All stacks of the view, nothing pruned, line by line. In names, ";" becomes ":" and control characters
// spaces. Memory is 4 bytes a frame of the samples' stacks: the text is many times as long.
void write_folded(const report::View& view, const Put& put);

std::string to_folded(const report::View& view);

}  // namespace prof::flame
