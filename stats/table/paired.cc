#include "stats/table/paired.h"

#include "stats/benchmath/signed_rank.h"
#include "stats/text/number.h"

namespace bench {
namespace {

std::string why_not(const Cell& base, const Cell& cell) {
  if (base.moments != nullptr || cell.moments != nullptr)
    return "summaries have no runs that could be paired";
  if (base.not_numbers + cell.not_numbers > 0) return "a value that is NaN has no pair; filter it out";
  if (base.runs().size() == cell.runs().size()) return "";
  return "the baseline has " + std::to_string(base.runs().size()) + " runs, column " +
         std::to_string(cell.column + 1) + " has " + std::to_string(cell.runs().size()) +
         "; compare without --paired, or run both equally often in turn";
}

Comparison compare_pairs(const Cell& base, const Cell& cell, const Options& options) {
  Comparison comparison{1, base.runs().size(), cell.runs().size(), options.alpha, {}};
  const PairedDifferences differences = paired_differences(base.runs(), cell.runs());
  const SignedRankTest test = signed_rank(differences.values, differences.rounding);
  comparison.p = test.p;
  comparison.extreme = test.extreme;
  if (test.all_equal) {
    comparison.warnings.push_back("all pairs are equal");
  } else if (!comparison.significant() && smallest_paired_p(comparison.n1) > options.alpha) {
    const int needed = pairs_for_difference(options.alpha);
    comparison.warnings.push_back(
        (needed != 0 ? "need >= " + std::to_string(needed) : "need > " + std::to_string(kExactPairs)) +
        " pairs to detect a difference at alpha level " + format_shortest(options.alpha));
  }
  return comparison;
}

}  // namespace

prof::Result<void> compare_in_pairs(Tables& tables, const Options& options) {
  for (Table& table : tables.tables) {
    for (Row& row : table.rows) {
      for (Cell& cell : row.cells) {
        if (!cell.comparison || cell.column == 0) continue;
        const Cell& base = *row.baseline();
        if (table.exact && is_constant(base) && is_constant(cell)) continue;
        if (const std::string reason = why_not(base, cell); !reason.empty()) {
          return prof::fail("--paired: " + row.label + " " + table.unit + ": " + reason);
        }
        cell.comparison = compare_pairs(base, cell, options);
      }
    }
  }
  return {};
}

}  // namespace bench
