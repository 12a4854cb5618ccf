// Events as sample types of the profile: a pair each, how often it was sampled and how much of it that was.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libprof/perf/data_file.h"
#include "libprof/profile/profile.h"

namespace prof::perf {

// What one sample stands for where it does not say so.
uint64_t usual_period(const perf_event_attr& attribute);

struct Pairs {
  std::vector<uint32_t> of_event;  // which of the pairs, or kNoIndex
  uint32_t count = 0;              // at least 1
};

// Adds them, period and default to `builder`. An event that counts nothing has none: `perf record -a` adds
// one for its records. REQUIRES: there are events.
Pairs add_sample_types(std::span<const Event> events, ProfileBuilder& builder);

}  // namespace prof::perf
