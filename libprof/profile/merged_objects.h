// The strings, mappings, functions and locations of many profiles, each once: what merge.h makes a profile
// from. Only what is asked for gets in, in the order of asking.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libprof/profile/hash_index.h"
#include "libprof/profile/profile.h"

namespace prof {

class MergedObjects {
 public:
  // The indices and ids that are asked about below are those of `profile`, until the next call.
  void begin(const Profile& profile);

  StringId text(StringId id);
  // Each of kNoIndex is kNoIndex.
  uint32_t mapping(uint32_t index);
  uint32_t function(uint32_t index);
  uint32_t location(uint32_t index) {
    const uint32_t known = location_of_[index];
    return known != kNoIndex ? known : add_location(index);
  }
  bool has_mappings() const { return !mappings_.empty(); }

  ProfileBuilder& builder() { return builder_; }

 private:
  void recognize();
  uint32_t add_location(uint32_t index);
  // As the result has it, its lines in lines_; `mapping` and `function` are asked what indices have become.
  template <typename OfMapping, typename OfFunction>
  Location translated(const Location& location, OfMapping&& mapping, OfFunction&& function);

  ProfileBuilder builder_;
  HashIndex mappings_, functions_, locations_;

  const Profile* profile_ = nullptr;
  // What its indices have become; kNoIndex: not in yet.
  std::vector<uint32_t> text_of_, mapping_of_, function_of_, location_of_;
  std::vector<Line> lines_;  // of the location being added; kept for its capacity
};

}  // namespace prof
