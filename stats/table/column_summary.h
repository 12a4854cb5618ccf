// The last line of a table.
#pragma once

#include "stats/table/table.h"

namespace bench {

// The geometric mean of ratios rather than the ratio of geometric means: the same where the rows are the
// same, and still about the column where they differ.
ColumnSummary summarize_column(const Table& table, size_t column);

}  // namespace bench
