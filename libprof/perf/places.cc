#include "libprof/perf/places.h"

#include <algorithm>
#include <numeric>

namespace prof::perf {
namespace {

constexpr const char* kKernel = "[kernel.kallsyms]";

}  // namespace

uint32_t Places::of(const Frame& frame, uint32_t pid) {
  Place place = {kNoIndex, frame.address};
  if (const Map* map = processes_.find(frame.is_kernel ? kKernelPid : pid, frame.address)) {
    place.mapping = frame.is_kernel ? kernel_mapping() : mapping(*map);
    if (!frame.is_kernel) place.address += mappings_[place.mapping].start - map->start;
  } else if (frame.is_kernel) {
    place.mapping = kernel_mapping();
  }
  const auto [entry, is_new] =
      place_index_.try_emplace({place.mapping, place.address}, static_cast<uint32_t>(places_.size()));
  if (is_new) places_.push_back(place);
  return entry->second;
}

// The same code of the same file is one mapping, wherever processes have it.
uint32_t Places::mapping(const Map& map) {
  const auto [entry, is_new] = mapping_index_.try_emplace({map.file, map.offset, map.limit - map.start},
                                                          static_cast<uint32_t>(mappings_.size()));
  if (!is_new) return entry->second;
  const MappedFile& file = processes_.files()[map.file];
  Mapping made;
  made.start = map.start;
  made.limit = map.limit;
  made.offset = map.offset;
  made.file = builder_.intern(file.path);
  made.build_id = builder_.intern(file.build_id);
  mappings_.push_back(made);
  mapping_files_.push_back(map.file);
  return entry->second;
}

// The kernel and its modules are one, as /proc/kallsyms has them.
uint32_t Places::kernel_mapping() {
  if (kernel_ != kNoIndex) return kernel_;
  kernel_ = static_cast<uint32_t>(mappings_.size());
  Mapping made;
  made.start = uint64_t{1} << 63;
  made.limit = UINT64_MAX;
  made.file = builder_.intern(kKernel);
  const auto id = data_.build_ids.find(kKernel);
  if (id != data_.build_ids.end()) made.build_id = builder_.intern(id->second);
  mappings_.push_back(made);
  mapping_files_.push_back(Processes::kNone);
  return kernel_;
}

void Places::write(uint32_t program) {
  // It is named though no sample may be in it: page faults of a small program are the loader's and the
  // kernel's.
  const bool is_missing =
      program != Processes::kNone &&
      std::find(mapping_files_.begin(), mapping_files_.end(), program) == mapping_files_.end();
  if (is_missing) mapping(processes_.files()[program].first);
  std::vector<uint32_t> order(mappings_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_partition(order.begin(), order.end(), [&](uint32_t m) {
    return program != Processes::kNone && mapping_files_[m] == program;
  });
  std::vector<uint32_t> index(order.size());
  for (const uint32_t m : order) index[m] = builder_.add_mapping(mappings_[m]);
  for (const Place& place : places_) {
    Location location;
    location.mapping = place.mapping == kNoIndex ? kNoIndex : index[place.mapping];
    location.address = place.address;
    builder_.add_location(location, {});
  }
}

}  // namespace prof::perf
