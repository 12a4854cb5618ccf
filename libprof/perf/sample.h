// One record of perf.data taken apart: which fields it has, its event's attributes say.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "libprof/perf/data_file.h"

namespace prof::perf {

inline constexpr uint64_t kReadLost = 1 << 4;  // PERF_FORMAT_LOST

// What every record tells of its origin, where sample_id_all is set.
struct RecordId {
  uint32_t pid = 0, tid = 0;
  uint64_t time_ns = 0;
  uint64_t id = 0;
};

struct Sample {
  RecordId from;
  uint64_t ip = 0;
  uint64_t period = 0;         // 0: not recorded
  std::string_view counts;     // what read_format says
  std::string_view chain;      // 64-bit words: leaf first, PERF_CONTEXT_... between
  std::string_view branches;   // entries of {from, to, flags}, latest first
  uint64_t register_mask = 0;  // which of the thread's registers were captured: perf's numbers
  std::string_view registers;  // 64-bit words in the order of the bits
  std::string_view stack;      // from the stack pointer up
};

uint64_t word_at(std::string_view words, size_t index);  // REQUIRES: index < words.size() / 8

// The id by which the event of a record is known. `layout`: the attributes of any event of the file.
uint64_t event_id(const Record& record, const perf_event_attr& layout);

// False where the record is shorter than its event says.
bool read_sample(const Record& record, const perf_event_attr& attribute, Sample& sample);
RecordId read_record_id(const Record& record, const perf_event_attr& attribute);

}  // namespace prof::perf
