#include "cmd/benchcmp/sequential.h"

#include <algorithm>
#include <cmath>

#include "cmd/benchcmp/compare.h"
#include "stats/gate/decide.h"

namespace bench::cmd {
namespace {

// Down to three digits, for people: a smaller level is a safe one.
double round_down(double level) {
  const double scale = std::pow(10, 2 - std::floor(std::log10(level)));
  return std::floor(level * scale) / scale;
}

}  // namespace

prof::Result<void> Sequential::begin() {
  if (spending_) return {};
  Command command = command_;
  const auto verdict = verdict_on(command);
  if (!verdict) return tl::unexpected(verdict.error());
  const bool is_corrected = command_.policy.correction != Correction::kNone;
  spending_.emplace(command_.options.alpha, is_corrected ? verdict->tests : 1);
  return {};
}

prof::Result<bool> Sequential::is_clear(int pairs) {
  if (const auto begun = begin(); !begun) return tl::unexpected(begun.error());
  FamilySpending spending = *spending_;
  const double level = spending.next(static_cast<double>(pairs) / most_pairs_);
  const auto n = static_cast<size_t>(pairs);
  if (pairs >= most_pairs_ || least_p(n, n, command_.options) > level)
    return false;  // no look: nothing is spent
  spending_ = std::move(spending);
  looked_ = pairs;
  level_ = round_down(level);

  Command command = command_;
  command.options.alpha = level_;
  const auto verdict = verdict_on(command);
  if (!verdict) return tl::unexpected(verdict.error());
  if (command_.fail_on_regression && verdict->failing() > 0) return true;
  const auto is_decided = [](const Judgement& judgement) {
    switch (judgement.outcome) {
      case Outcome::kUnchanged:
        return judgement.threshold > 0 || judgement.deterministic;
      case Outcome::kInconclusive:
        return false;
      default:
        return true;
    }
  };
  return verdict->compared() > 0 &&
         std::all_of(verdict->judgements.begin(), verdict->judgements.end(), is_decided);
}

prof::Result<double> Sequential::final_level(int pairs) {
  if (const auto begun = begin(); !begun) return tl::unexpected(begun.error());
  if (pairs > looked_) {
    level_ = round_down(spending_->next(static_cast<double>(pairs) / most_pairs_));
    looked_ = pairs;
  }
  return level_;
}

}  // namespace bench::cmd
