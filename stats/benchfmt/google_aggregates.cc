#include "stats/benchfmt/google_aggregates.h"

#include <algorithm>

namespace bench {
namespace {

constexpr const char* kStatistics[] = {"mean", "median", "stddev"};

}  // namespace

bool GoogleAggregates::has(std::string_view base, const char* statistic, int64_t iterations) const {
  return all_.count({std::string(base) + "_" + statistic, iterations}) > 0;
}

std::string_view GoogleAggregates::base_of(std::string_view name, int64_t iterations) {
  for (size_t at = name.rfind('_'); at != 0 && at != std::string_view::npos; at = name.rfind('_', at - 1)) {
    const std::string_view base = name.substr(0, at), statistic = name.substr(at + 1);
    const auto found = runs_.find(base);
    const int64_t runs = found == runs_.end() ? 0 : found->second;
    if (runs == 1) continue;
    const auto begin = std::begin(kStatistics), end = std::end(kStatistics);
    if (std::all_of(begin, end, [&](const char* known) { return has(base, known, iterations); })) return base;
    if (runs == iterations && std::find(begin, end, statistic) != end) return base;
  }
  runs_[name]++;
  return {};
}

}  // namespace bench
