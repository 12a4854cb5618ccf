// Which rows only one side has.
#pragma once

#include <vector>

#include "stats/gate/judge.h"

namespace bench {

// The baseline is the first column of all tables together; rows are told apart by label and table keys, and
// listed in the order in which they stand.
void pair_rows(const Tables& tables, std::vector<Unpaired>& vanished, std::vector<Unpaired>& added);

}  // namespace bench
