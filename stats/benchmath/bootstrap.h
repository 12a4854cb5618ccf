// Quantiles other than the median, and how sure they are: a seeded percentile bootstrap (Efron 1979). The
// same samples give the same numbers. A resample of n values is O(n), of more than 10,000 O(1).
#pragma once

#include <span>

#include "stats/benchmath/estimate.h"
#include "stats/benchmath/shift.h"

namespace bench {

// Hyndman and Fan's type R8, as median(); of a sorted sample that is not empty, 0 < q < 1.
double quantile(std::span<const double> sorted, double q);

// The fewest values that say something of the quantile: five on the shorter side of it are expected.
size_t samples_for_quantile(double q);

// Samples are sorted and not empty. The quantile with its interval; a warning says which quantile it is, and
// where the sample is too small for it.
Summary summarize_quantile(std::span<const double> sample, double q, const Options& options);
constexpr double kLeastQuantileP = 0.0001;  // p is never below
// p: twice the smaller share of resamples on one side of no change: <= alpha exactly where the interval of
// level 1 - alpha does not hold 0, for any alpha that 1999 resamples can tell, which is >= 0.001. Where they
// agree to the last, there are 19,999. Never below that of the least U-test: of few values all resamples may
// agree, which proves nothing.
Comparison compare_quantiles(std::span<const double> first, std::span<const double> second, double q,
                             const Options& options);
// Of the ratio of the quantiles where both are > 0, else of their difference over the first's magnitude.
Shift estimate_quantile_shift(std::span<const double> first, std::span<const double> second, double q,
                              const Options& options);

}  // namespace bench
