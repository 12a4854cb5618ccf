// What the header of perf.data tells beside the events: build ids, names of events, the command.

#include <algorithm>
#include <cstring>

#include "libprof/base/hex.h"
#include "libprof/perf/bytes.h"
#include "libprof/perf/data_file.h"

namespace prof::perf {
namespace {

enum Feature : uint64_t {
  kBuildIds = 2,
  kVersion = 5,
  kCommandLine = 11,
  kEventDescriptions = 12,
  kClockData = 29,
};

void take_build_ids(std::string_view bytes, DataFile& file) {
  Bytes all(bytes);
  while (all.rest().size() >= sizeof(perf_event_header)) {
    const auto header = all.take<perf_event_header>();
    if (header.size < sizeof header) return;
    take_build_id(header.misc, all.view(header.size - sizeof header), file);
  }
}

void take_events(std::string_view bytes, DataFile& file) {
  Bytes all(bytes);
  const uint32_t count = all.u32(), size = all.u32();
  for (uint32_t i = 0; i < count && all.is_good(); i++) {
    all.skip(size);
    const uint32_t ids = all.u32();
    const std::string name = all.sized_text();
    if (i < file.events.size() && !name.empty()) file.events[i].name = name;
    for (uint32_t n = 0; n < ids && all.is_good(); n++) {
      const auto known = file.event_of_id.find(all.u64());
      if (known != file.event_of_id.end() && !name.empty()) file.events[known->second].name = name;
    }
  }
}

void take_command(std::string_view bytes, DataFile& file) {
  Bytes all(bytes);
  const uint32_t count = all.u32();
  file.command.clear();
  for (uint32_t i = 0; i < count && all.is_good(); i++) {
    if (i > 0) file.command += ' ';
    file.command += i == 0 ? "perf" : all.sized_text();
    if (i == 0) (void)all.sized_text();  // perf's own path
  }
}

}  // namespace

perf_event_attr attribute_of(std::string_view bytes) {
  perf_event_attr attribute = {};
  std::memcpy(&attribute, bytes.data(), std::min(bytes.size(), sizeof attribute));
  return attribute;
}

void take_build_id(uint16_t misc, std::string_view body, DataFile& file) {
  constexpr uint16_t kHasSize = 1 << 15;
  Bytes all(body);
  all.skip(4);  // pid
  const std::string_view id = all.view(24);
  const std::string path = all.text();
  if (!all.is_good()) return;
  const size_t size = (misc & kHasSize) != 0 ? std::min<size_t>(static_cast<uint8_t>(id[20]), 20) : 20;
  file.build_ids[path] = hex_of(id.substr(0, size));
}

void take_feature(uint64_t feature, std::string_view bytes, DataFile& file) {
  Bytes all(bytes);
  switch (feature) {
    case kBuildIds:
      return take_build_ids(bytes, file);
    case kVersion:
      file.version = all.sized_text();
      return;
    case kCommandLine:
      return take_command(bytes, file);
    case kEventDescriptions:
      return take_events(bytes, file);
    case kClockData: {
      all.skip(8);  // version, clock
      const uint64_t wall = all.u64(), clock = all.u64();
      if (all.is_good()) file.clock_offset_ns = static_cast<int64_t>(wall - clock);
      return;
    }
    default:
      return;
  }
}

}  // namespace prof::perf
