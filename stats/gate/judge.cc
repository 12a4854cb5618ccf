#include "stats/gate/judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "stats/benchmath/bootstrap.h"
#include "stats/benchmath/diagnostics.h"
#include "stats/gate/decide.h"
#include "stats/gate/pairing.h"
#include "stats/table/estimates.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double change_of(double before, double now) {
  if (before == now) return 0;
  if (std::isinf(before) && std::isfinite(now)) return before > 0 ? -1 : 1;
  if (before != 0) return (now - before) / std::fabs(before);
  return now > 0 ? kInfinity : -kInfinity;
}

class Judge {
 public:
  Judge(const Tables& tables, const Policy& policy, const Options& options, const std::string& today)
      : tables_(tables), policy_(policy), options_(options), today_(today) {}

  Verdict run() {
    for (size_t t = 0; t < tables_.tables.size(); t++) collect(t);
    const auto adjusted = adjust(p_, policy_.correction);
    for (size_t i = 0; i < adjusted.size(); i++) verdict_.judgements[tested_[i]].adjusted = adjusted[i];
    for (Judgement& judgement : verdict_.judgements) settle(judgement);
    verdict_.tests = p_.size();
    summarize();
    pair_rows(tables_, verdict_.vanished, verdict_.added);
    for (Unpaired& row : verdict_.vanished) waive(row);
    for (auto& [note, finding] : findings_) {
      finding.note = note;
      verdict_.findings.push_back(finding);
    }
    warn();
    return std::move(verdict_);
  }

 private:
  void collect(size_t t) {
    const Table& table = tables_.tables[t];
    const bool has_baseline = table.places.empty() || table.places[0] == 0;
    for (size_t r = 0; r < table.rows.size(); r++) {
      const Row& row = table.rows[r];
      for (size_t c = 0; c < row.cells.size(); c++) {
        const Cell& cell = row.cells[c];
        inspect(table, row, cell);
        if (!cell.comparison || !has_baseline) continue;
        Judgement judgement;
        judgement.table = t;
        judgement.row = r;
        judgement.cell = c;
        judgement.threshold = policy_.threshold_of(table.unit);
        judgement.change = change_of(row.baseline()->summary.center, cell.summary.center);
        judgement.deterministic =
            (table.exact || counts(table.unit)) && is_constant(*row.baseline()) && is_constant(cell);
        if (!judgement.deterministic) {
          if (table.exact) test_varying(table, row, cell, judgement);
          raise_threshold(row.label, table.unit, judgement);
          tested_.push_back(verdict_.judgements.size());
          const Comparison& test = test_of(judgement, cell);
          p_.push_back(test.p);
          if (cell.moments == nullptr) fewest_ = std::min({fewest_, test.n1, test.n2});
        }
        verdict_.judgements.push_back(judgement);
      }
    }
  }

  // As if nobody had said that they do not vary. Pairs are tested in the table.
  void test_varying(const Table& table, const Row& row, const Cell& cell, Judgement& judgement) {
    const Cell& base = *row.baseline();
    if (!options_.paired) judgement.own_test = comparison_of(base, cell, false, options_);
    judgement.change =
        change_of(summary_of(base, false, options_).center, summary_of(cell, false, options_).center);
    Finding& finding =
        findings_["its unit is declared exact (assume=exact) but values vary: they are tested"];
    if (finding.count++ == 0)
      finding.example = row.label + " " + table.unit + " in " + column_of(table, cell.column);
  }

  void raise_threshold(const std::string& row, const std::string& unit, Judgement& judgement) {
    if (!policy_.noise) return;
    if (policy_.noise->find(row, unit) == nullptr && uncalibrated_++ == 0)
      first_uncalibrated_ = row + " " + unit;
    const double floor = policy_.noise->floor_of(row, unit);
    if (floor < judgement.threshold) return;
    judgement.threshold = judgement.floor = floor;
  }

  void inspect(const Table& table, const Row& row, const Cell& cell) {
    if (table.exact || !has_runs(cell) || cell.runs().empty()) return;
    for (const std::string& note : diagnose(cell.runs(), cell.sample, times(table.unit))) {
      Finding& finding = findings_[note];
      if (finding.count++ == 0)
        finding.example = row.label + " " + table.unit + " in " + column_of(table, cell.column);
    }
  }

  void settle(Judgement& judgement) {
    const Table& table = tables_.tables[judgement.table];
    const Row& row = table.rows[judgement.row];
    if (table.better == Better::kUnknown) {
      judgement.outcome = Outcome::kUndirected;
      auto& units = verdict_.undirected_units;
      if (std::find(units.begin(), units.end(), table.unit) == units.end()) units.push_back(table.unit);
      return;
    }
    decide(table, row, row.cells[judgement.cell], options_,
           policy_.correction == Correction::kNone ? 1 : p_.size(), judgement);
    if (judgement.outcome != Outcome::kRegressed) return;
    for (const Waiver& waiver : policy_.waivers) {
      if (!waiver.matches(table.unit, row.label)) continue;
      used_.insert(&waiver);
      if (judgement.waiver == nullptr && !waiver.expired(today_)) judgement.waiver = &waiver;
    }
  }

  // By waivers of all units: one of a unit says that it may be slower, not that it may be gone.
  void waive(Unpaired& row) {
    for (const Waiver& waiver : policy_.waivers) {
      if (waiver.unit != "*" || !waiver.matches("", row.row)) continue;
      used_.insert(&waiver);
      if (row.waiver == nullptr && !waiver.expired(today_)) row.waiver = &waiver;
    }
  }

  // The variance of a mean of logarithms is the sum of their variances over the square of their number.
  void summarize() {
    struct Sum {
      double logs = 0, variance = 0, count = 0;
    };
    std::map<std::pair<size_t, size_t>, Sum> sums;
    const double deviations = -2 * normal_quantile((1 - options_.confidence) / 2);
    for (const Judgement& judgement : verdict_.judgements) {
      const size_t column = tables_.tables[judgement.table].rows[judgement.row].cells[judgement.cell].column;
      Sum& sum = sums[{judgement.table, column}];
      sum.count++;
      sum.logs += std::log1p(judgement.change);
      if (!judgement.shift) {  // deterministic, or of no direction, where nobody asked for an interval
        sum.variance += judgement.deterministic ? 0 : kInfinity;
        continue;
      }
      const Shift& shift = *judgement.shift;
      const double deviation = (log_change(shift, shift.hi) - log_change(shift, shift.lo)) / deviations;
      sum.variance += shift.logarithmic ? deviation * deviation : kInfinity;
    }
    for (const auto& [place, sum] : sums) {
      const double mean = sum.logs / sum.count, half = std::sqrt(sum.variance) / sum.count * deviations / 2;
      if (sum.count < 2 || !std::isfinite(mean) || !std::isfinite(half)) continue;
      verdict_.geomeans.push_back(
          {place.first, place.second, std::expm1(mean), std::expm1(mean - half), std::expm1(mean + half)});
    }
  }

  void warn() {
    verdict_.warnings = tables_.warnings;
    if (policy_.noise) {
      for (auto& warning : compare_machines(policy_.noise->machine, tables_.machine))
        verdict_.warnings.push_back(std::move(warning));
    }
    if (uncalibrated_ > 0) {
      verdict_.warnings.push_back(
          first_uncalibrated_ +
          (uncalibrated_ > 1 ? " and " + std::to_string(uncalibrated_ - 1) + " more" : "") +
          ": no noise floor is known");
    }
    for (const auto& [unit, least] : policy_.units) {
      const auto is_of = [&, &name = unit](const Table& table) { return table.unit == name; };
      if (std::none_of(tables_.tables.begin(), tables_.tables.end(), is_of))
        verdict_.warnings.push_back("no result has the unit " + unit + ", which has a threshold");
    }
    for (const Waiver& waiver : policy_.waivers) {
      if (used_.count(&waiver) == 0) {
        verdict_.warnings.push_back(waiver.place + ": the waiver matches no regression; remove it");
      } else if (waiver.expired(today_)) {
        verdict_.warnings.push_back(waiver.place + ": the waiver expired after " + waiver.until);
      }
    }
    warn_of_corrections();
  }

  // What one regression among benchmarks that did not change has against it.
  void warn_of_corrections() {
    if (p_.size() < 2 || policy_.correction == Correction::kNone || fewest_ == SIZE_MAX) return;
    const auto is_lost = [&](double p) { return p * static_cast<double>(p_.size()) > options_.alpha; };
    const std::string tests = std::to_string(p_.size()) + " tests",
                      lost = ", a regression of one benchmark alone cannot be significant, only inconclusive";
    if (options_.quantile > 0) {  // with more runs p of a bootstrap does not become smaller
      if (is_lost(kLeastQuantileP)) {
        verdict_.warnings.push_back("with " + tests + lost + ": p of a quantile is " +
                                    format_shortest(kLeastQuantileP) +
                                    " at least; test less, or use --correction none");
      }
      return;
    }
    const auto too_few = [&](size_t n) { return is_lost(least_p(n, n, options_)); };
    size_t n = fewest_;
    if (!too_few(n)) return;
    while (n < 50 && too_few(n)) n++;
    verdict_.warnings.push_back("with " + std::to_string(fewest_) +
                                (fewest_ == 1 ? " run and " : " runs and ") + tests + lost + "; run " +
                                std::to_string(n) + " times or more, or test less");
  }

  const Tables& tables_;
  const Policy& policy_;
  const Options& options_;
  const std::string& today_;
  Verdict verdict_;
  std::vector<double> p_;
  std::vector<size_t> tested_;  // judgements of p_
  size_t fewest_ = SIZE_MAX;
  std::map<std::string, Finding> findings_;
  std::set<const Waiver*> used_;
  size_t uncalibrated_ = 0;  // comparisons without a noise floor, where others have one
  std::string first_uncalibrated_;
};

}  // namespace

size_t Verdict::count(Outcome outcome) const {
  return static_cast<size_t>(std::count_if(judgements.begin(), judgements.end(),
                                           [&](const Judgement& j) { return j.outcome == outcome; }));
}

size_t Verdict::failing() const {
  return static_cast<size_t>(std::count_if(judgements.begin(), judgements.end(), [](const Judgement& j) {
    return j.outcome == Outcome::kRegressed && j.waiver == nullptr;
  }));
}

size_t Verdict::missing(const Policy& policy) const {
  if (!policy.missing_fails) return 0;
  return static_cast<size_t>(std::count_if(vanished.begin(), vanished.end(),
                                           [](const Unpaired& row) { return row.waiver == nullptr; }));
}

size_t Verdict::compared() const { return judgements.size() - count(Outcome::kUndirected); }

Verdict judge(const Tables& tables, const Policy& policy, const Options& options, const std::string& today) {
  return Judge(tables, policy, options, today).run();
}

}  // namespace bench
