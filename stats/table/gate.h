// The verdict on tables: which rows are significantly worse than their baseline, by at least a given amount.
#pragma once

#include <string>
#include <vector>

#include "stats/table/table.h"

namespace bench {

struct Regression {
  std::string unit;
  std::string row;
  std::string column;
  std::string where;    // what sets its table apart from others: "pkg: a", empty where it is the only one
  double change = 0;    // new / old - 1; infinite where old is 0
  std::string details;  // the comparison, as in the table
};

struct Verdict {
  std::vector<Regression> regressions;
  size_t compared = 0;                     // pairs that were judged
  std::vector<std::string> unknown_units;  // units whose better direction is unknown: not judged
};

// `least`: in percent, >= 0. Worse is more where less is better, and less where more is.
Verdict judge(const Tables& tables, double least);

// For people, one line a regression.
std::string describe(const Verdict& verdict, double least, const Options& options);

}  // namespace bench
