// The Profile: one profile.proto, immutable and columnar, however it was made. Every reader makes one, every
// report reads one, none changes one.
//
// Flat arrays, 32-bit indices, strings interned once: a sample costs 4 bytes a frame and 8 a value. Indices
// below are positions in the arrays of the same Profile; the 64-bit `id`s are what the file said and matter
// only to `raw` and to the writer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/profile/hash_index.h"
#include "libprof/profile/samples.h"

namespace prof {

inline constexpr uint32_t kNoIndex = UINT32_MAX;  // "none" for indices of mappings and functions

struct ValueType {
  StringId type = 0;
  StringId unit = 0;
};

struct Mapping {
  uint64_t id = 0;
  uint64_t start = 0;  // run-time addresses [start, limit)
  uint64_t limit = 0;
  uint64_t offset = 0;  // file offset of start
  StringId file = 0;
  StringId build_id = 0;  // lower-case hex
  bool has_functions = false;
  bool has_filenames = false;
  bool has_line_numbers = false;
  bool has_inline_frames = false;
};

struct Function {
  uint64_t id = 0;
  StringId name = 0;         // for people: demangled
  StringId system_name = 0;  // as the linker knows it
  StringId filename = 0;
  int64_t start_line = 0;
};

struct Line {
  uint32_t function = kNoIndex;
  int64_t line = 0;
  int64_t column = 0;
};

struct Location {
  uint64_t id = 0;
  uint32_t mapping = kNoIndex;
  uint64_t address = 0;
  uint32_t first_line = 0;  // lines [first_line, first_line + line_count), innermost inlined function first
  uint32_t line_count = 0;
  bool is_folded = false;
};

class Profile {
 public:
  // Strings live as long as the Profile does.
  std::string_view string(StringId id) const { return strings_[id]; }
  size_t string_count() const { return strings_.size(); }

  std::span<const ValueType> sample_types() const { return sample_types_; }
  std::span<const Mapping> mappings() const { return mappings_; }  // [0] is the main binary
  std::span<const Function> functions() const { return functions_; }
  std::span<const Location> locations() const { return locations_; }
  std::span<const Line> lines(const Location& location) const {
    return std::span(lines_).subspan(location.first_line, location.line_count);
  }

  size_t sample_count() const { return samples_.size(); }
  // Location indices of sample `i`, leaf first.
  std::span<const uint32_t> stack(size_t i) const { return samples_.stack(i); }
  // One value a sample type.
  std::span<const int64_t> values(size_t i) const {
    return {samples_.values.data() + i * sample_types_.size(), sample_types_.size()};
  }
  std::span<const Label> labels(size_t i) const { return samples_.labels_of(i); }

  // What profile.proto calls time_nanos, duration_nanos, period_type, period, default_sample_type, ...
  int64_t time_ns = 0;      // since the epoch, UTC
  int64_t duration_ns = 0;  // wall clock
  ValueType period_type;
  int64_t period = 0;
  StringId default_sample_type = 0;
  StringId drop_frames = 0;
  StringId keep_frames = 0;
  StringId doc_url = 0;
  std::vector<StringId> comments;

  Warnings warnings;  // what its reader noticed: to be shown, never written

 private:
  friend class ProfileBuilder;

  std::vector<std::unique_ptr<char[]>> storage_;  // blocks of text; a string never moves
  std::vector<std::string_view> strings_;
  std::vector<ValueType> sample_types_;
  std::vector<Mapping> mappings_;
  std::vector<Function> functions_;
  std::vector<Location> locations_;
  std::vector<Line> lines_;
  Samples samples_;
};

// Makes a Profile. Indices returned are those of the Profile; an id of 0 becomes index + 1, so a caller gives
// its own ids to all objects of a kind or to none.
class ProfileBuilder {
 public:
  ProfileBuilder();
  explicit ProfileBuilder(Profile profile);  // goes on where `profile` ends: for what readers add to it
  StringId intern(std::string_view text);
  StringId find(std::string_view text) const;                          // kNoIndex: not interned
  void add_sample_type(std::string_view type, std::string_view unit);  // before the first add_sample
  uint32_t add_mapping(const Mapping& mapping);
  uint32_t add_function(const Function& function);
  // `lines`: innermost first, each with a function; first_line and line_count of `location` are set here.
  uint32_t add_location(Location location, std::span<const Line> lines);
  // REQUIRES: values.size() == number of sample types; every index in `stack` was returned by add_location.
  void add_sample(std::span<const uint32_t> stack, std::span<const int64_t> values,
                  std::span<const Label> labels = {});
  // All of them, to be written in place, by the same rules.
  Samples& samples() { return profile_.samples_; }
  // What was added may be amended: indices stay.
  Mapping& mapping(uint32_t index) { return profile_.mappings_[index]; }
  Function& function(uint32_t index) { return profile_.functions_[index]; }
  void set_string(StringId id, std::string_view text);  // intern() knows it by what it was
  void set_lines(uint32_t location, std::span<const Line> lines);
  void put_in_mapping(uint32_t location, uint32_t mapping) {
    profile_.locations_[location].mapping = mapping;
  }
  // Room for that many samples in all, so that a large profile is not copied while it grows.
  void reserve_samples(size_t samples, size_t frames);
  Profile& header() { return profile_; }  // for the public fields above
  const Profile& profile() const { return profile_; }
  Profile finish() &&;

 private:
  void index_string(StringId id);
  std::string_view keep(std::string_view text);

  Profile profile_;
  HashIndex index_;       // of the strings
  char* free_ = nullptr;  // the unused rest of the last block of text
  size_t free_size_ = 0;
};

}  // namespace prof
