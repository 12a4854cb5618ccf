#include "stats/benchmath/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/benchmath/mann_whitney.h"
#include "stats/benchmath/median.h"
#include "stats/text/number.h"

namespace bench {
namespace {

// "need >= 6 samples", or "> limit" where `needed` is 0.
std::string need(int needed, int limit) {
  return needed != 0 ? "need >= " + std::to_string(needed) + " samples"
                     : "need > " + std::to_string(limit) + " samples";
}

Summary summarize_exact(std::span<const double> sample) {
  size_t run = 0, longest = 0;
  Summary summary{sample.front(), sample.front(), sample.back(), {}};
  for (size_t i = 0; i < sample.size(); i++) {
    run = i > 0 && sample[i] == sample[i - 1] ? run + 1 : 1;
    if (run > longest) {
      longest = run;
      summary.center = sample[i];
    }
  }
  if (longest != sample.size()) {
    summary.warnings.push_back("exact distribution expected, but values range from " +
                               format_shortest(sample.front()) + " to " + format_shortest(sample.back()));
  }
  return summary;
}

double sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

}  // namespace

Summary summarize(std::span<const double> sample, Assumption assumption, const Options& options) {
  if (assumption == Assumption::kExact) return summarize_exact(sample);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const MedianInterval interval = median_interval(static_cast<int>(sample.size()), options.confidence);
  const auto order = [&](int k) { return sample[static_cast<size_t>(k) - 1]; };
  Summary summary;
  summary.center = median(sample);
  summary.lo = interval.lo < 1 ? -kInfinity : order(interval.lo);
  summary.hi = interval.hi > static_cast<int>(sample.size()) ? kInfinity : order(interval.hi);
  if (std::isinf(summary.lo) || std::isinf(summary.hi)) {
    summary.warnings.push_back(need(samples_for_interval(options.confidence), 50) +
                               " for confidence interval at level " + format_shortest(options.confidence));
  }
  return summary;
}

Comparison compare(std::span<const double> first, std::span<const double> second, Assumption assumption,
                   const Options& options) {
  Comparison comparison{0, first.size(), second.size(), options.alpha, {}};
  if (assumption == Assumption::kExact) {
    comparison.alpha = 0;
    return comparison;
  }
  const UTest test = mann_whitney(first, second);
  comparison.p = test.p;
  if (test.all_equal) {
    comparison.warnings.push_back("all samples are equal");
    return comparison;
  }
  if (!comparison.significant()) {
    const int needed = samples_for_difference(options.alpha);
    const size_t limit = needed != 0 ? static_cast<size_t>(needed) : 10;
    if (comparison.n1 < limit && comparison.n2 < limit) {
      comparison.warnings.push_back(need(needed, 10) + " to detect a difference at alpha level " +
                                    format_shortest(options.alpha));
    }
  }
  return comparison;
}

std::string format_interval(const Summary& summary) {
  if (std::isinf(summary.lo) || std::isinf(summary.hi)) return "∞";
  if (sign(summary.center) != sign(summary.lo) || sign(summary.center) != sign(summary.hi)) return "?";
  if (summary.center == 0) return "0%";
  // Magnitudes: of a negative centre, hi is the bound that is nearer to zero.
  const double up = std::fabs(summary.hi / summary.center - 1),
               down = std::fabs(1 - summary.lo / summary.center);
  return format_fixed(100 * std::max(up, down), 0) + "%";
}

std::string format_comparison(const Comparison& comparison) {
  std::string text = comparison.p != 0 ? "p=" + format_fixed(comparison.p, 3) + " " : "";
  text += "n=" + std::to_string(comparison.n1);
  return comparison.n1 == comparison.n2 ? text : text + "+" + std::to_string(comparison.n2);
}

std::string format_delta(const Comparison& comparison, double old_center, double new_center) {
  if (!comparison.significant()) return "~";
  if (old_center == new_center) return "0.00%";
  if (old_center == 0) return "?";
  return format_fixed((new_center / old_center - 1) * 100, 2, true) + "%";
}

}  // namespace bench
