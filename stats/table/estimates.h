// What the values of tables that are laid out say: sorts the samples, summarizes them, compares each with the
// first column of its row, and sums up columns. On all processors.
#pragma once

#include "stats/table/table.h"

namespace bench {

void estimate(Tables& tables, const Options& options);

}  // namespace bench
