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
  const bool has_lo = interval.lo >= 1, has_hi = interval.hi <= static_cast<int>(sample.size());
  summary.lo = has_lo ? order(interval.lo) : -kInfinity;
  summary.hi = has_hi ? order(interval.hi) : kInfinity;
  if (!has_lo || !has_hi) {
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
  comparison.extreme = test.extreme;
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

void append_interval(std::string& text, const Summary& summary) {
  const int side = sign(summary.center);
  if (std::isinf(summary.lo) || std::isinf(summary.hi)) {
    text += "∞";
  } else if (side != sign(summary.lo) || side != sign(summary.hi)) {
    text += "?";
  } else if (summary.center == 0) {
    text += "0%";
  } else {
    // Magnitudes: of a negative centre, hi is the bound that is nearer to zero.
    const double up = std::fabs(summary.hi / summary.center - 1),
                 down = std::fabs(1 - summary.lo / summary.center);
    append_fixed(text, 100 * std::max(up, down), 0);
    text += '%';
  }
}

void append_comparison(std::string& text, const Comparison& comparison) {
  if (comparison.p != 0) {
    text += "p=";
    append_fixed(text, comparison.p, 3);
    text += ' ';
  }
  text += "n=";
  append_fixed(text, static_cast<double>(comparison.n1), 0);
  if (comparison.n1 == comparison.n2) return;
  text += '+';
  append_fixed(text, static_cast<double>(comparison.n2), 0);
}

void append_delta(std::string& text, const Comparison& comparison, double old_center, double new_center) {
  if (!comparison.significant()) {
    text += '~';
  } else if (old_center == new_center) {
    text += "0.00%";
  } else if (old_center == 0) {
    text += '?';
  } else {
    append_fixed(text, (new_center / old_center - 1) * 100, 2, true);
    text += '%';
  }
}

std::string format_interval(const Summary& summary) {
  std::string text;
  append_interval(text, summary);
  return text;
}

std::string format_comparison(const Comparison& comparison) {
  std::string text;
  append_comparison(text, comparison);
  return text;
}

std::string format_delta(const Comparison& comparison, double old_center, double new_center) {
  std::string text;
  append_delta(text, comparison, old_center, new_center);
  return text;
}

}  // namespace bench
