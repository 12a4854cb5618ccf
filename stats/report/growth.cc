#include "stats/report/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace bench {

namespace {

constexpr const char* kOtherWork =
    "the two sides may not have done the same work, for a harness may choose the iterations: shares, not "
    "totals, are compared, and what became slower may keep its share; to see its growth, let both commands "
    "run the regressed benchmark alone";

// By the normal approximation at 95% of a share of one half, whose deviation is the largest.
std::string few_samples(const Explanation& explanation) {
  constexpr double kHalfInterval = 98, kTold = 10;  // points, of one sample; points
  const auto [before, after] = std::pair(explanation.samples_before, explanation.samples_after);
  if (before <= 0 || after <= 0) return "";
  const double off = kHalfInterval / std::sqrt(static_cast<double>(std::min(before, after)));
  if (off < kTold) return "";
  return fmt::format(
      "few samples, {} of old and {} of new: a share may be off by {:.0f} points of its profile", before,
      after, off);
}

}  // namespace

std::string title_of(const Explanation& explanation) {
  const std::string what = explanation.same_work ? "cost" : "share";
  return (explanation.benchmark.empty() ? "the whole program" : explanation.benchmark) +
         (explanation.functions.empty() ? ": no function whose " + what + " grew was sampled"
                                        : ": functions whose " + what + " grew, in percent of all that " +
                                              (explanation.same_work ? "old costs" : "its side costs"));
}

std::string warning_of(const Explanation& explanation) {
  const std::string few = few_samples(explanation);
  if (explanation.same_work) return few;
  return kOtherWork + (few.empty() ? "" : "; " + few);
}

std::string change_of(double before, double after) {
  return fmt::format("{:.1f}% to {:.1f}%", before * 100, after * 100);
}

std::string render_growth(const std::vector<Explanation>& explanations, const Style& style) {
  std::string text;
  for (const Explanation& explanation : explanations) {
    text += style.line(title_of(explanation)) + "\n";
    if (const std::string warning = warning_of(explanation); !warning.empty())
      text += "  warning: " + warning + "\n";
    for (const Growth& growth : explanation.functions) {
      text += fmt::format("  {:>+7.1f}%  {:<17} (with callees {})  {}\n",
                          (growth.flat_after - growth.flat_before) * 100,
                          change_of(growth.flat_before, growth.flat_after),
                          change_of(growth.cum_before, growth.cum_after), style.line(growth.function));
    }
    if (!explanation.flame_graph.empty())
      text += "  flame graph of new minus old: " + style.line(explanation.flame_graph) + "\n";
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace bench
