// The mappings and locations that the samples of a recording go through: what differs only by where processes
// have it is one.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "libprof/perf/data_file.h"
#include "libprof/perf/processes.h"
#include "libprof/perf/stacks.h"
#include "libprof/profile/profile.h"

namespace prof::perf {

class Places {
 public:
  Places(const Processes& processes, const DataFile& data, ProfileBuilder& builder)
      : processes_(processes), data_(data), builder_(builder) {}

  // The number of the frame's place as of now: from 0, in the order in which they were first asked for.
  uint32_t of(const Frame& frame, uint32_t pid);

  // Writes all to the builder, places as locations in their order. The mapping of `program`, a file of the
  // processes or kNone, comes first.
  void write(uint32_t program);

 private:
  struct Place {
    uint32_t mapping;
    uint64_t address;  // as in the first process that had it
  };

  uint32_t mapping(const Map& map);
  uint32_t kernel_mapping();

  const Processes& processes_;
  const DataFile& data_;
  ProfileBuilder& builder_;

  std::vector<Place> places_;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> place_index_;
  std::vector<Mapping> mappings_;
  std::vector<uint32_t> mapping_files_;  // of the processes, by mapping
  std::map<std::tuple<uint32_t, uint64_t, uint64_t>, uint32_t> mapping_index_;
  uint32_t kernel_ = kNoIndex;
};

}  // namespace prof::perf
