// A profile while a legacy reader fills it: addresses instead of locations, changeable until finish().
//
// Legacy files have no tables. Locations are the distinct addresses in the order in which samples name them;
// mappings come last in the file and are found by address, with the corrections below for what old writers
// got wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libprof/profile/profile.h"

namespace prof::legacy {

struct DraftMapping {
  uint64_t start = 0, limit = 0, offset = 0;
  std::string file, build_id;
};

struct Symbol {  // of a location, where the file names it
  std::string function, file;
  int64_t line = 0;
};

class Draft {
 public:
  using Types = std::vector<std::pair<std::string, std::string>>;  // type, unit

  Types sample_types;
  std::pair<std::string, std::string> period_type;
  int64_t period = 0;
  int64_t duration_ns = 0;
  std::vector<DraftMapping> mappings;
  std::string drop_frames, keep_frames;  // a reader's are added to those of its kind
  bool drops_addresses = false;          // they were only keys into a table of symbols
  Warnings warnings;                     // of the profile

  // `stack`: addresses, leaf first. `bytes`: of one object, where the sample is of allocations.
  void add_sample(const std::vector<uint64_t>& stack, std::initializer_list<int64_t> values,
                  std::optional<int64_t> bytes = std::nullopt);
  size_t sample_count() const { return ends_.size(); }
  void repeat_last_sample();  // its values once more, where there is one

  // The two frames next to the leaf that nearly all samples share are the profiler's own signal handler.
  void strip_handler_frames();

  bool has_address(uint64_t address) const { return index_.contains(address); }
  void set_symbol(uint64_t address, Symbol symbol);  // REQUIRES: has_address(address)

  // `is_leaf_twice`: a leaf may be there twice, by the signal's context and by unwinding, which made it the
  // byte before; the second one is removed.
  Profile finish(bool is_leaf_twice) &&;

 private:
  struct Place {
    uint64_t address = 0;
    uint32_t mapping = kNoIndex;
    std::optional<Symbol> symbol;
  };
  std::span<uint32_t> stack(size_t sample) {
    const size_t begin = sample == 0 ? 0 : ends_[sample - 1];
    return std::span(stacks_).subspan(begin, ends_[sample] - begin);
  }
  void remove_second_frames(const std::function<bool(uint64_t leaf, uint64_t second)>& unwanted);
  void join_mappings();
  void number_locations();
  void find_mappings();

  std::vector<Place> places_;
  std::unordered_map<uint64_t, uint32_t> index_;
  std::vector<uint32_t> stacks_;
  std::vector<size_t> ends_;
  std::vector<int64_t> values_;
  std::vector<int64_t> bytes_;  // empty, or one a sample
};

// v * times; wraps.
inline int64_t multiply(int64_t v, int64_t times) {
  return static_cast<int64_t>(static_cast<uint64_t>(v) * static_cast<uint64_t>(times));
}
int64_t saturate(double value);

// Objects and bytes as they were before sampling one byte in `rate` on average.
struct Amount {
  int64_t count, size;
};
Amount unsample(Amount sampled, int64_t rate);

}  // namespace prof::legacy
