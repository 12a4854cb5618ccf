// The messages inside a Profile, each from its bytes into the profile that is being built, but for samples
// (decode_samples.h). Strings come first, then mappings and functions, then locations: each names only what
// was added before.
//
// All throw Malformed, or protozero's exceptions.
#pragma once

#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libprof/profile/profile.h"
#include "libprof/profile/wire.h"

namespace prof {

// Ids as files have them to indices. Nearly all writers count from 1, which needs no table; else most are in
// 1..2 * count.
class IdMap {
 public:
  explicit IdMap(const char* kind) : kind_(kind) {}
  void expect(size_t count) { dense_.assign(2 * count + 1, kNoIndex); }

  // `index`: as many as were added before.
  void add(uint64_t id, uint32_t index) {
    if (id == 0) throw Malformed{"its id is 0"};
    if (counted_ == index && id == index + uint64_t{1}) counted_++;
    const bool is_new =
        id < dense_.size() ? std::exchange(dense_[id], index) == kNoIndex : sparse_.emplace(id, index).second;
    if (!is_new) throw Malformed{fmt::format("its id {} was seen before", id)};
  }

  uint32_t counted() const { return counted_; }

  uint32_t find(uint64_t id) const {
    if (id - 1 < counted_) return static_cast<uint32_t>(id - 1);
    if (id < dense_.size() && dense_[id] != kNoIndex) return dense_[id];
    const auto found = sparse_.find(id);
    if (found == sparse_.end())
      throw Malformed{fmt::format("it names {} {}, which does not exist", kind_, id)};
    return found->second;
  }

 private:
  const char* kind_;
  uint32_t counted_ = 0;  // ids 1 ... counted_ are the indices 0 ...
  std::vector<uint32_t> dense_;
  std::unordered_map<uint64_t, uint32_t> sparse_;
};

class ObjectDecoder {
 public:
  using Bytes = protozero::data_view;

  // How many there will be at most, where known: room for their ids.
  void expect(size_t mappings, size_t functions, size_t locations);

  void add_string(std::string_view text);
  void add_mapping(Bytes message);
  void add_function(Bytes message);
  void add_location(Bytes message);

  // Of an id as the file has it; any thread, while nothing is added.
  uint32_t location(uint64_t id) const { return location_ids_.find(id); }
  // Ids from 1 to this are indices plus one.
  uint32_t counted_locations() const { return location_ids_.counted(); }

  ValueType value_type(Bytes message) const;
  // Of an index as the file has it.
  StringId string(uint64_t index) const;
  StringId text(protozero::pbf_reader& field) const { return string(number(field)); }

  ProfileBuilder& builder() { return builder_; }
  const ProfileBuilder& builder() const { return builder_; }

 private:
  Line line(Bytes message) const;

  std::vector<StringId> strings_;  // by index in the file
  IdMap mapping_ids_{"mapping"};
  IdMap function_ids_{"function"};
  IdMap location_ids_{"location"};
  ProfileBuilder builder_;
  // Of the object being read; kept for their capacity.
  std::vector<Line> lines_;
};

}  // namespace prof
