// What a gate asks for: how much worse is too much, for which unit, with which errors of judgement.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "libprof/base/error.h"
#include "stats/benchfmt/result.h"
#include "stats/benchmath/correction.h"
#include "stats/gate/noise.h"
#include "stats/gate/waivers.h"

namespace bench {

struct Policy {
  double threshold = 0;                              // a share: 0.05 is 5%
  std::map<std::string, double, std::less<>> units;  // thresholds of single units, tidied
  Correction correction = Correction::kBenjaminiHochberg;
  bool missing_fails = false;  // a benchmark of the baseline that another side lacks
  Waivers waivers;
  std::optional<Noise> noise;  // a change counts only above the floor of its benchmark

  double threshold_of(std::string_view unit) const {
    const auto found = units.find(unit);
    return found != units.end() ? found->second : threshold;
  }
};

// What a change must reach to be `threshold` or more, both shares: from 50 ns to 55 ns it is 10%, and in
// binary a little more or less, by how its values were rounded on the way. 0 is any amount.
double least_change(double threshold);
// The same for what must be larger than the floor, not as large.
double least_change_above(double floor);

// "3%", "3" or "3.5": a percentage that is finite and >= 0, as a share.
prof::Result<double> parse_percentage(std::string_view text);
// "sec/op=3%" sets the threshold of a unit, "3%" that of all others.
prof::Result<void> add_threshold(std::string_view text, Policy& policy);
// "req/s=higher": the last one wins, over the input and what the unit itself says.
prof::Result<void> add_better(std::string_view text, UnitMetadata& units);
// Units that were given a direction by it and that no table has: a misspelling is of no effect, silently.
prof::Warnings unmet_directions(const UnitMetadata& units, const Tables& tables);

}  // namespace bench
