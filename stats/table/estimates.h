// What the values of tables that are laid out say: sorts the samples, summarizes them, compares each with the
// first column of its row, and sums up columns. On all processors.
#pragma once

#include "libprof/base/error.h"
#include "stats/table/table.h"

namespace bench {

// The error names the first benchmark that has no quantile: its input has summaries instead of runs.
prof::Result<void> check_quantiles(const Tables& tables);

void estimate(Tables& tables, const Options& options);

// What estimate() says of one sample, and of two that are sorted, in a table that is exact or not.
Summary summary_of(const Cell& cell, bool exact, const Options& options);
Comparison comparison_of(const Cell& base, const Cell& cell, bool exact, const Options& options);

}  // namespace bench
