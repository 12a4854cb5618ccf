// When `benchcmp run --sequential` may stop, and the level at which its last look tests.
#pragma once

#include <optional>

#include "cmd/benchcmp/options.h"
#include "stats/benchmath/spending.h"

namespace bench::cmd {

// Looks after each pair from which a difference can be significant. A look tests at the level that alpha
// spending leaves to it, and so do the intervals for "unchanged": neither a false difference nor a false
// "unchanged" is likelier than alpha over all looks. Of several benchmarks each spends its part of alpha, and
// the levels are added up again for the correction (FamilySpending).
class Sequential {
 public:
  // `command` with its inputs, which are read anew at each look.
  Sequential(const Command& command, int most_pairs) : command_(command), most_pairs_(most_pairs) {}

  // Whether the answer is clear after `pairs` pairs: a regression fails the gate; or each comparison is
  // regressed, improved, or unchanged within a threshold.
  prof::Result<bool> is_clear(int pairs);
  // Of the comparison that is printed after `pairs` pairs.
  prof::Result<double> final_level(int pairs);

 private:
  prof::Result<void> begin();
  const Command& command_;
  std::optional<FamilySpending> spending_;  // made when it is known how many tests there are
  int most_pairs_;
  int looked_ = 0;
  double level_ = 0;
};

}  // namespace bench::cmd
