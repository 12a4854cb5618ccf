// What is odd about a sample: reasons to distrust it, never to change it.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace bench {

// `runs`: in the order in which they were made; `sorted`: the same values, sorted. `timing`: values of a
// clock, of which equal ones are odd. Each is a phrase like "values drift upwards over the runs".
//   outliers: beyond Tukey's outer fences (1977), 3 interquartile ranges away; from 6 runs on
//   trend: Mann-Kendall (Mann 1945) at p < 0.001; from 8 runs on
//   two modes: the best split in two explains 95% of the variance, each side has a quarter of 8 runs or more
//   identical, or few distinct values: a coarse clock or a copied result
std::vector<std::string> diagnose(std::span<const double> runs, std::span<const double> sorted, bool timing);

}  // namespace bench
