// Samples that carry the values of counters (PERF_SAMPLE_READ): what `perf record -e '{a,b}:S'` makes, where
// only the first event of a group interrupts, and its samples tell of all. Each stands for what its events
// counted since they were told last (perf's deliver_sample_value, util/session.c).
#pragma once

#include <map>
#include <span>
#include <vector>

#include "libprof/perf/sample.h"

namespace prof::perf {

// A sample's part in one event.
struct Share {
  uint32_t event;  // index in DataFile::events
  uint64_t period;
};

class Counters {
 public:
  explicit Counters(const DataFile& data) : data_(data) {}

  // Of samples in the order of their times. REQUIRES: PERF_SAMPLE_READ is in the attribute's sample_type.
  // Nothing where nothing was counted; valid until the next call.
  std::span<const Share> take(const Sample& sample, const perf_event_attr& attribute);

 private:
  void take_value(uint64_t id, uint64_t value, const Sample& sample, const perf_event_attr& attribute);

  const DataFile& data_;
  std::map<std::pair<uint64_t, uint32_t>, uint64_t>
      last_;  // by id, and thread where threads count for themselves
  std::vector<Share> shares_;
};

}  // namespace prof::perf
