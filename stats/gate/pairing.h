// Which rows only one side has, and which inputs have none.
#pragma once

#include <string>
#include <vector>

#include "stats/benchfmt/reader.h"

#include "stats/gate/judge.h"

namespace bench {

// The baseline is the first column of all tables together; rows are told apart by label and table keys, and
// listed in the order in which they stand.
void pair_rows(const Tables& tables, std::vector<Unpaired>& vanished, std::vector<Unpaired>& added);

// Labels of inputs that have no column: of a suite that crashed, or that the filter leaves nothing of. An
// input in front of the baseline that only says something of units (`telling`: the labels of those that do)
// is as it should be. `columns` is the projection that makes them: none is absent where it is not of files,
// or lists those that it wants.
struct Absent {
  std::vector<std::string> before, after;  // the baseline
};
Absent absent_inputs(const Tables& tables, const std::string& columns, const std::vector<Input>& inputs,
                     const std::vector<std::string>& telling);

}  // namespace bench
