#include "stats/gate/decide.h"

#include <cmath>

#include "stats/benchmath/bootstrap.h"
#include "stats/benchmath/mann_whitney.h"
#include "stats/benchmath/moments.h"
#include "stats/benchmath/signed_rank.h"

namespace bench {
namespace {

Shift shift_of(const Cell& base, const Cell& cell, const Options& options) {
  if (base.moments != nullptr || cell.moments != nullptr) {
    return estimate_shift(moments_of(base), moments_of(cell), options.confidence, options.alpha);
  }
  if (options.quantile > 0)
    return estimate_quantile_shift(base.sample, cell.sample, options.quantile, options);
  if (options.paired)
    return estimate_paired_shift(base.runs(), cell.runs(), options.confidence, options.alpha);
  return estimate_shift(base.sample, cell.sample, options.confidence, options.alpha);
}

// Welch's test has no least p from two values on.
double least_p_of_summaries(size_t n1, size_t n2) { return n1 > 1 && n2 > 1 ? 0 : 1; }

}  // namespace

double least_p(size_t n1, size_t n2, const Options& options) {
  if (options.quantile > 0) {
    const size_t enough = samples_for_quantile(options.quantile);
    return n1 < enough || n2 < enough ? 1 : kLeastQuantileP;
  }
  return options.paired ? smallest_paired_p(n1) : smallest_p(n1, n2);
}

void decide(const Table& table, const Row& row, const Cell& cell, const Options& options,
            Judgement& judgement) {
  const bool summarized = row.baseline()->moments != nullptr || cell.moments != nullptr;
  if (!judgement.deterministic) {
    judgement.shift = shift_of(*row.baseline(), cell, options);
    // Pairs may agree on a change that the drift of the machine hides from the medians of the columns.
    if (options.paired) judgement.change = judgement.shift->estimate;
  }
  if (std::isnan(judgement.change)) return;  // from one infinity to the other: inconclusive
  const double worse = table.better == Better::kLower ? judgement.change : -judgement.change;
  const double least = judgement.threshold;
  const bool large = std::fabs(worse) >= least && worse != 0;
  const Outcome direction = worse > 0 ? Outcome::kRegressed : Outcome::kImproved;
  if (judgement.deterministic) {
    judgement.outcome = large ? direction : Outcome::kUnchanged;
    return;
  }
  const Shift& shift = *judgement.shift;
  const Comparison& comparison = *cell.comparison;
  const double lowest = summarized ? least_p_of_summaries(comparison.n1, comparison.n2)
                                   : least_p(comparison.n1, comparison.n2, options);
  if (judgement.adjusted <= options.alpha && large && lowest <= options.alpha) {
    judgement.outcome = direction;
    return;
  }
  // As different as runs can be, and not significant: with more of them p might have been smaller.
  const bool cut_short = large && comparison.extreme;
  const bool unchanged =
      least > 0 ? lowest <= 2 * options.alpha && shift.equal_lo > -least && shift.equal_hi < least
                : lowest <= options.alpha && !cut_short;
  if (unchanged) {
    judgement.outcome = Outcome::kUnchanged;
    return;
  }
  judgement.outcome = Outcome::kInconclusive;
  judgement.more_runs =
      more_runs(shift, static_cast<double>(comparison.n1), static_cast<double>(comparison.n2), least);
}

}  // namespace bench
