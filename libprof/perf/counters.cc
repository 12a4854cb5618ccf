// The order of fields is that of perf_event_open(2), read_format.
#include "libprof/perf/counters.h"

#include <bit>

#include "libprof/perf/bytes.h"

namespace prof::perf {

std::span<const Share> Counters::take(const Sample& sample, const perf_event_attr& attribute) {
  shares_.clear();
  const uint64_t format = attribute.read_format;
  const bool is_group = (format & PERF_FORMAT_GROUP) != 0, has_ids = (format & PERF_FORMAT_ID) != 0;
  const int times = std::popcount(format & (PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING));
  Bytes all(sample.counts);
  uint64_t count = 1, value = 0;
  if (is_group) count = all.u64();
  if (!is_group) value = all.u64();
  all.skip(8 * static_cast<uint64_t>(times));
  for (; count > 0 && all.is_good(); count--) {
    if (is_group) value = all.u64();
    const uint64_t id = has_ids ? all.u64() : sample.from.id;
    if ((format & kReadLost) != 0) all.skip(8);
    if (all.is_good()) take_value(id, value, sample, attribute);
    if (!has_ids) break;  // of the others nobody knows whose they are
  }
  return shares_;
}

void Counters::take_value(uint64_t id, uint64_t value, const Sample& sample,
                          const perf_event_attr& attribute) {
  if (data_.events.size() > 1 && !data_.event_of_id.contains(id)) return;
  uint64_t& last = last_[{id, attribute.inherit ? sample.from.tid : 0}];
  const uint64_t period = value >= last ? value - last : value;  // a thread's number was another's before
  last = value;
  if (period == 0) return;
  shares_.push_back({static_cast<uint32_t>(&data_.event(id) - data_.events.data()), period});
}

}  // namespace prof::perf
