#include "stats/gate/policy.h"

#include <algorithm>
#include <cmath>

#include "stats/text/number.h"

namespace bench {

namespace {
constexpr double kRounding = 1e-12;  // a few units in the last place of a ratio, and of its logarithm
}

double least_change(double threshold) { return std::max(0.0, threshold - kRounding * (1 + threshold)); }

double least_change_above(double floor) { return floor + kRounding * (1 + floor); }

prof::Result<double> parse_percentage(std::string_view text) {
  std::string_view number = text;
  if (number.ends_with('%')) number.remove_suffix(1);
  double value = 0;
  if (parse_float(number, value) != NumberError::kNone || !std::isfinite(value) || value < 0) {
    return prof::fail("expected a percentage >= 0, found " + std::string(text));
  }
  return value / 100;
}

prof::Result<void> add_threshold(std::string_view text, Policy& policy) {
  const size_t equals = text.rfind('=');
  const bool of_unit = equals != std::string_view::npos;
  if (equals == 0) return prof::fail("expected [UNIT=]PCT, found " + std::string(text));
  const auto share = parse_percentage(of_unit ? text.substr(equals + 1) : text);
  if (!share) return tl::unexpected(share.error());
  (of_unit ? policy.units[tidy(text.substr(0, equals)).unit] : policy.threshold) = *share;
  return {};
}

prof::Result<void> add_better(std::string_view text, UnitMetadata& units) {
  const size_t equals = text.rfind('=');
  const std::string_view direction = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  if (equals == 0 || (direction != "higher" && direction != "lower")) {
    return prof::fail("expected UNIT=higher or UNIT=lower, found " + std::string(text));
  }
  units.decide_better(text.substr(0, equals), direction == "higher" ? Better::kHigher : Better::kLower);
  return {};
}

prof::Warnings unmet_directions(const UnitMetadata& units, const Tables& tables) {
  prof::Warnings warnings;
  for (const auto& [unit, better] : units.decided()) {
    const auto is_of = [&, &name = unit](const Table& table) { return table.unit == name; };
    if (std::none_of(tables.tables.begin(), tables.tables.end(), is_of))
      warnings.push_back("no result has the unit " + unit + ", which has a direction (--better)");
  }
  return warnings;
}

}  // namespace bench
