// From raw events to sample values: what each sampled event stands for among those that were not sampled.
#pragma once

#include <array>
#include <cstdint>

#include "libprof/spool/kinds.h"

namespace prof::record {

// One a sample type of the kind, in the order of KindInfo::sample_types. Fractions are kept until all events
// of a stack are summed: rounding each would bias the sum.
using Values = std::array<double, kMaxSampleTypes>;

struct Weigher {
  // `weight` and `value` as in spool::Event, `period` as the kind was recorded.
  Values (*weigh)(double weight, double value, double period);
  // Where the values of what was never freed are added once more; -1 for kinds without lifetimes.
  int live_values;
  // The period as the profile states it, where that is not the recorded one.
  SampleType period_type;  // {nullptr, nullptr}: the kind's
  int64_t period;
};

const Weigher& weigher(Kind kind);

}  // namespace prof::record
