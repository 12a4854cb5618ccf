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
  struct Varint {  // a number as it is written
    char bytes[10];
    uint8_t size;
  };

  const Profile& profile_;
  std::vector<Varint> location_ids_;  // by index
};

}  // namespace prof
