#include "stats/table/paired.h"

#include <algorithm>
#include <map>

#include "stats/benchmath/signed_rank.h"
#include "stats/text/number.h"

namespace bench {
namespace {

std::string why_not(const Cell& base, const Cell& cell) {
  if (base.moments != nullptr || cell.moments != nullptr)
    return "summaries have no runs that could be paired";
  const auto base_keys = base.run_keys(), keys = cell.run_keys();
  if (!base_keys.empty()) {
    return std::ranges::equal(base_keys, keys) ? "" : "no pair of runs is in every column (--run-key)";
  }
  if (base.not_numbers + cell.not_numbers > 0) return "a value that is NaN has no pair; filter it out";
  if (base.runs().size() == cell.runs().size()) return "";
  return "the baseline has " + std::to_string(base.runs().size()) + " runs, column " +
         std::to_string(cell.column + 1) + " has " + std::to_string(cell.runs().size()) +
         "; compare without --paired, or run both equally often in turn";
}

void align_row(Row& row) {
  std::map<uint32_t, size_t> columns;  // that have a run
  for (const Cell& cell : row.cells) {
    for (const uint32_t key : cell.run_keys()) columns[key]++;
  }
  std::vector<uint32_t> shared;
  for (const uint32_t key : row.baseline()->run_keys()) {
    if (columns[key] == row.cells.size()) shared.push_back(key);
  }
  if (shared.empty()) return;
  for (Cell& cell : row.cells) {
    const auto keys = cell.run_keys();
    std::map<uint32_t, double> values;
    for (size_t i = 0; i < keys.size(); i++) values[keys[i]] = cell.sample[i];
    std::ranges::copy(shared, keys.begin());
    std::ranges::transform(shared, cell.sample.begin(), [&](uint32_t key) { return values[key]; });
    const size_t left = cell.sample.size() - shared.size();
    if (left > 0) {
      cell.warnings.push_back(std::to_string(left) + " of " + std::to_string(cell.sample.size()) +
                              " runs left out: they have no pair");
    }
    cell.sample = cell.sample.first(shared.size());
  }
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

void align_runs(Tables& tables) {
  for (Table& table : tables.tables) {
    if (table.exact) continue;
    for (Row& row : table.rows) {
      if (row.cells.size() > 1 && row.baseline() != nullptr) align_row(row);
    }
  }
}

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
