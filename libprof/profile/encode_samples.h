// Samples as fields of a profile.proto: nearly all of a large one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/profile/profile.h"

namespace prof {

class SampleEncoder {
 public:
  explicit SampleEncoder(const Profile& profile);

  // Appends samples [begin, end). Any thread.
  void append(size_t begin, size_t end, std::string& out) const;

 private:
  const Profile& profile_;
  std::vector<uint64_t> location_ids_;  // by index: closer together than in the locations
};

}  // namespace prof
