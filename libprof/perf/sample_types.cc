#include "libprof/perf/sample_types.h"

#include <linux/perf_event.h>

#include <algorithm>

namespace prof::perf {
namespace {

bool is_clock(const perf_event_attr& attribute) {
  return attribute.type == PERF_TYPE_SOFTWARE &&
         (attribute.config == PERF_COUNT_SW_CPU_CLOCK || attribute.config == PERF_COUNT_SW_TASK_CLOCK);
}

bool is_dummy(const Event& event) {
  return event.attribute.type == PERF_TYPE_SOFTWARE && event.attribute.config == PERF_COUNT_SW_DUMMY;
}

}  // namespace

uint64_t usual_period(const perf_event_attr& attribute) {
  if (attribute.freq == 0) return std::max<uint64_t>(1, attribute.sample_period);
  if (is_clock(attribute) && attribute.sample_freq > 0) return 1'000'000'000 / attribute.sample_freq;
  return 1;
}

Pairs add_sample_types(std::span<const Event> events, ProfileBuilder& builder) {
  Pairs pairs;
  const bool is_all = std::all_of(events.begin(), events.end(), is_dummy);
  for (const Event& event : events)
    pairs.of_event.push_back(is_all || !is_dummy(event) ? pairs.count++ : kNoIndex);
  const bool is_one = pairs.count == 1;
  Profile& header = builder.header();
  for (size_t i = 0; i < events.size(); i++) {
    if (pairs.of_event[i] == kNoIndex) continue;
    const perf_event_attr& attribute = events[i].attribute;
    builder.add_sample_type(is_one ? "samples" : "samples:" + events[i].name, "count");
    builder.add_sample_type(is_one && is_clock(attribute) ? "cpu" : events[i].name,
                            is_clock(attribute) ? "nanoseconds" : "count");
    if (pairs.of_event[i] == 0) header.period = static_cast<int64_t>(usual_period(attribute));
  }
  header.period_type = header.sample_types()[1];
  if (!is_one) header.default_sample_type = header.period_type.type;
  return pairs;
}

}  // namespace prof::perf
