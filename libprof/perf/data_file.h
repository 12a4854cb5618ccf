// perf.data as a container: which events were counted, what perf tells of the machine, and the records.
//
// Both forms are read: the file with its header and index of features, and the stream that `perf record -o -`
// writes, which has these as records; records packed with zstd (`perf record -z`) are unpacked. The format is
// that of tools/perf/Documentation/perf.data-file-format.txt in the kernel's sources, of perf 4 and later,
// little-endian.
#pragma once

#include <linux/perf_event.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libprof/base/error.h"

namespace prof::perf {

// Types of records that perf adds to the kernel's, of those that are of use.
enum UserRecord : uint32_t {
  kHeaderAttribute = 64,
  kTracingData = 66,
  kHeaderBuildId = 67,
  kAuxTrace = 71,
  kHeaderFeature = 80,
  kCompressed = 81,
  kCompressed2 = 83,
};

struct Event {
  perf_event_attr attribute = {};
  std::string name;  // "cycles:u"; as `perf report` has it
};

struct Record {
  std::string_view body;  // without its header
  uint32_t type = 0;
  uint16_t misc = 0;
};

// Its views are into the bytes it was read from, and into its own `unpacked`.
struct DataFile {
  std::vector<Event> events;  // never empty
  std::unordered_map<uint64_t, size_t> event_of_id;
  std::map<std::string, std::string> build_ids;  // by the file's path; lower-case hex
  std::string version, command;                  // of perf and of its recording, where known
  int64_t clock_offset_ns = 0;                   // what makes times of records those of the day; 0: not known
  std::vector<Record> records;                   // in the file's order
  std::string unpacked;
  Warnings warnings;

  // Of the record's sample id; the first where there is none.
  const Event& event(uint64_t id) const;
};

inline constexpr size_t kMaxEvents = 32;

bool is_perf_data(std::string_view bytes);

// An Error's `what` is the reason alone. `max_unpacked`: of all packed records together. `streams`: more
// records, those of other files; the views are into them as well.
Result<DataFile> read_data_file(std::string_view bytes, uint64_t max_unpacked,
                                std::span<const std::string_view> streams = {});

// One feature of the header (features.cc): takes what is of use of it, ignores the others.
void take_feature(uint64_t feature, std::string_view bytes, DataFile& file);
void take_build_id(uint16_t misc, std::string_view body, DataFile& file);
// Attributes of any size: what is missing is zero.
perf_event_attr attribute_of(std::string_view bytes);

}  // namespace prof::perf
