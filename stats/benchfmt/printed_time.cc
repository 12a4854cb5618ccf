#include "stats/benchfmt/printed_time.h"

#include <algorithm>
#include <cmath>

#include "stats/text/number.h"

namespace bench {

PrintedTime PrintedTime::of(std::string_view number, double value, double seconds) {
  const size_t exponent = std::min(number.find_first_of("eE"), number.size());
  const size_t point = std::min(number.find('.'), exponent);
  double power = 0;
  if (exponent < number.size()) parse_float(number.substr(exponent + 1), power);
  const double decimals = point == exponent ? 0 : static_cast<double>(exponent - point - 1);
  return {value * seconds, std::pow(10, power - decimals) / 2 * seconds};
}

Moments with_rounding(Moments printed, double of_mean, double of_deviation) {
  printed.deviation = std::hypot(printed.deviation + of_deviation, of_mean * std::sqrt(printed.size));
  return printed;
}

void CoarseRuns::note(std::string_view name, std::string_view unit) {
  if (places_.try_emplace({name, unit}, all_.size()).second) all_.push_back({name, unit, {}, 0});
}

bool CoarseRuns::add(std::string_view name, std::string_view unit, double value, double rounding) {
  const auto known = places_.find({name, unit});
  if (known == places_.end()) return false;
  Runs& runs = all_[known->second];
  runs.values.push_back(value);
  runs.rounding = std::max(runs.rounding, rounding);
  return true;
}

void CoarseRuns::emit(Emitter& out) const {
  for (const Runs& runs : all_) {
    if (runs.values.empty()) continue;
    out.begin(runs.name);
    out.add(with_rounding(Moments::of(runs.values), runs.rounding, 0), runs.unit);
    out.end();
  }
}

}  // namespace bench
