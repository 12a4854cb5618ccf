// Comparisons of runs that were made in pairs: of the baseline and the other column those that agree in the
// run key, or, without one, the i-th of both.
#pragma once

#include "libprof/base/error.h"
#include "stats/table/table.h"

namespace bench {

// Puts the runs of each row in one order by their keys, and leaves out, with a note, those that a column
// lacks. Rows whose columns share no run, or that have no run keys, stay as they are. Before they are
// estimated.
void align_runs(Tables& tables);

// Puts Wilcoxon's signed rank test in the place of every comparison of two samples, but of exact units. The
// error names the benchmark whose runs cannot be paired: unequal numbers of them, no run key in
// common, or summaries instead.
// REQUIRES: Cell::runs.
prof::Result<void> compare_in_pairs(Tables& tables, const Options& options);

}  // namespace bench
