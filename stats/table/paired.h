// Comparisons of runs that were made in pairs: the i-th of the baseline beside the i-th of the other column.
#pragma once

#include "libprof/base/error.h"
#include "stats/table/table.h"

namespace bench {

// Puts Wilcoxon's signed rank test in the place of every comparison of two samples, but of exact units. The
// error names the benchmark whose runs cannot be paired: unequal numbers of them, or summaries instead.
// REQUIRES: Cell::runs.
prof::Result<void> compare_in_pairs(Tables& tables, const Options& options);

}  // namespace bench
