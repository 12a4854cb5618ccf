#include "stats/gate/decide.h"

#include <algorithm>
#include <cmath>
#include <optional>

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

// As different as runs can be, and not significant for all tests that are made: with more runs it might have
// been. By chance alone, some row of a suite that did not change is so with a probability of p * tests at
// most; where that is a lot, it counts only if the sides lie further apart than the runs of either.
bool is_cut_short(const Comparison& test, const Cell& base, const Cell& cell, size_t tests) {
  constexpr double kMostOpen = 0.1;
  if (!test.extreme) return false;
  if (test.p * static_cast<double>(tests) <= kMostOpen) return true;
  const auto &a = base.sample, &b = cell.sample;
  return std::max(b.front() - a.back(), a.front() - b.back()) >
         std::max(a.back() - a.front(), b.back() - b.front());
}

// What p says is no chance. Of two modes the medians may fall, or stay, where most pairs of runs rise: that
// is no change in the medians' direction, nor no change, nor is the shift what the table shows. `large`: the
// change is at least `least`.
bool is_contradicted(double change, bool large, const Shift& shift, double least) {
  if (large) return change * (shift.estimate != 0 ? shift.estimate : shift.cliff) < 0;
  return least > 0 ? shift.lo >= least || shift.hi <= -least : shift.estimate != 0;
}

constexpr size_t kMostRuns = 1000;  // that anybody would add

// The fewest more runs of each side that `suffice`; 0 runs may. Nothing where more than kMostRuns do not.
template <typename Suffice>
std::optional<size_t> fewest_more(const Comparison& comparison, Suffice suffice) {
  for (size_t more = 0; more <= kMostRuns; more++) {
    if (suffice(comparison.n1 + more, comparison.n2 + more)) return more;
  }
  return std::nullopt;
}

}  // namespace

double least_p(size_t n1, size_t n2, const Options& options) {
  if (options.quantile > 0) {
    const size_t enough = samples_for_quantile(options.quantile);
    return n1 < enough || n2 < enough ? 1 : kLeastQuantileP;
  }
  return options.paired ? smallest_paired_p(n1) : smallest_p(n1, n2);
}

void decide(const Table& table, const Row& row, const Cell& cell, const Options& options, size_t tests,
            Judgement& judgement) {
  const bool summarized = row.baseline()->moments != nullptr || cell.moments != nullptr;
  if (!judgement.deterministic) {
    judgement.shift = shift_of(*row.baseline(), cell, options);
    // Pairs may agree on a change that the drift of the machine hides from the medians of the columns.
    if (options.paired) judgement.change = judgement.shift->estimate;
  }
  if (std::isnan(judgement.change)) return;  // from one infinity to the other: inconclusive
  const double worse = table.better == Better::kLower ? judgement.change : -judgement.change;
  const double least =
      judgement.floor > 0 ? least_change_above(judgement.floor) : least_change(judgement.threshold);
  const bool large = std::fabs(worse) >= least && worse != 0;
  const Outcome direction = worse > 0 ? Outcome::kRegressed : Outcome::kImproved;
  if (judgement.deterministic) {
    judgement.outcome = large ? direction : Outcome::kUnchanged;
    return;
  }
  const Shift& shift = *judgement.shift;
  const Comparison& comparison = test_of(judgement, cell);
  const auto lowest_of = [&](size_t n1, size_t n2) {
    return summarized ? least_p_of_summaries(n1, n2) : least_p(n1, n2, options);
  };
  const double lowest = lowest_of(comparison.n1, comparison.n2);
  if (judgement.adjusted <= options.alpha && lowest <= options.alpha) {
    judgement.contradicted = is_contradicted(judgement.change, large, shift, least);
    if (judgement.contradicted) return;  // inconclusive, and more runs would show the same
    if (large) {
      judgement.outcome = direction;
      return;
    }
  }
  const bool cut_short = large && is_cut_short(comparison, *row.baseline(), cell, tests);
  const bool unchanged =
      least > 0 ? lowest <= 2 * options.alpha && shift.equal_lo > -least && shift.equal_hi < least
                : lowest <= options.alpha && !cut_short;
  if (unchanged) {
    judgement.outcome = Outcome::kUnchanged;
    return;
  }
  // A change has to be significant, for all tests that are made; else the interval must have ends.
  const auto more = fewest_more(comparison, [&](size_t n1, size_t n2) {
    const double p = lowest_of(n1, n2);
    return large ? p * static_cast<double>(tests) <= options.alpha : p <= (least > 0 ? 2 : 1) * options.alpha;
  });
  if (!more) return;
  const double narrow = least > 0 ? more_runs(shift, static_cast<double>(comparison.n1),
                                              static_cast<double>(comparison.n2), least)
                                  : 1;
  judgement.more_runs = std::max(static_cast<double>(*more), narrow);
}

}  // namespace bench
