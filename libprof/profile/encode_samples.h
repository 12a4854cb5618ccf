// Samples as fields of a profile.proto: nearly all of a large one.
#pragma once

#include <cstdint>
#include <vector>

#include "libprof/base/flat_array.h"
#include "libprof/profile/profile.h"

namespace prof {

class SampleEncoder {
 public:
  explicit SampleEncoder(const Profile& profile);

  // Appends samples [begin, end). Any thread.
  void append(size_t begin, size_t end, FlatArray<char>& out) const;

 private:
  char* put_stack(char* at, std::span<const uint32_t> stack) const;

  const Profile& profile_;
  // By index, as written: so small that the table of a large program stays in the nearer caches.
  std::vector<uint32_t> location_ids_;
  bool has_long_ids_ = false;  // of more than four bytes: the table is not used
};

}  // namespace prof
