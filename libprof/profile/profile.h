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

namespace prof {

using StringId = uint32_t;                        // index of an interned string; 0 is ""
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

struct Label {
  StringId key = 0;
  StringId str = 0;  // a text label where non-zero,
  int64_t num = 0;   // else a numeric one
  StringId num_unit = 0;
};

// Part `i` of `all`, whose parts follow each other and end at `ends`.
template <typename T>
std::span<const T> slice_of(const std::vector<T>& all, const std::vector<uint64_t>& ends, size_t i) {
  const uint64_t begin = i == 0 ? 0 : ends[i - 1];
  return std::span(all).subspan(begin, ends[i] - begin);
}

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

  size_t sample_count() const { return stack_ends_.size(); }
  // Location indices of sample `i`, leaf first.
  std::span<const uint32_t> stack(size_t i) const { return slice_of(stacks_, stack_ends_, i); }
  // One value a sample type.
  std::span<const int64_t> values(size_t i) const {
    return std::span(values_).subspan(i * sample_types_.size(), sample_types_.size());
  }
  std::span<const Label> labels(size_t i) const {
    return label_ends_.empty() ? std::span<const Label>() : slice_of(labels_, label_ends_, i);
  }

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
  std::vector<uint32_t> stacks_;
  std::vector<uint64_t> stack_ends_;
  std::vector<int64_t> values_;
  std::vector<Label> labels_;
  std::vector<uint64_t> label_ends_;  // empty where no sample has labels
};

// Samples that were made apart, to be added at once.
struct SampleBatch {
  std::vector<uint32_t> stacks;      // location indices, leaf first, of all samples one after the other
  std::vector<uint64_t> stack_ends;  // of each sample, in `stacks`
  std::vector<int64_t> values;       // one a sample type, of each sample
  std::vector<Label> labels;
  std::vector<uint64_t> label_ends;  // of each sample, in `labels`

  // What was pushed since the last call is a sample.
  void end_sample() {
    stack_ends.push_back(stacks.size());
    label_ends.push_back(labels.size());
  }
  void clear() {  // keeps the room
    stacks.clear();
    stack_ends.clear();
    values.clear();
    labels.clear();
    label_ends.clear();
  }
  std::span<const uint32_t> stack(size_t i) const { return slice_of(stacks, stack_ends, i); }
  std::span<const Label> labels_of(size_t i) const { return slice_of(labels, label_ends, i); }
};

// Makes a Profile. Indices returned are those of the Profile; an id of 0 becomes index + 1, so a caller gives
// its own ids to all objects of a kind or to none.
class ProfileBuilder {
 public:
  ProfileBuilder();
  explicit ProfileBuilder(Profile profile);  // goes on where `profile` ends: for what readers add to it
  StringId intern(std::string_view text);
  StringId find(std::string_view text) const;                          // kNoIndex: not interned
  void add_sample_type(std::string_view type, std::string_view unit);  // before the first sample
  uint32_t add_mapping(const Mapping& mapping);
  uint32_t add_function(const Function& function);
  // `lines`: innermost first, each with a function; first_line and line_count of `location` are set here.
  uint32_t add_location(Location location, std::span<const Line> lines);
  // REQUIRES: values.size() == number of sample types; every index in `stack` was returned by add_location.
  void add_sample(std::span<const uint32_t> stack, std::span<const int64_t> values,
                  std::span<const Label> labels = {});
  // The same of each. The first are taken over as they are, and not copied, where they are given up.
  void add_samples(const SampleBatch& samples);
  void add_samples(SampleBatch&& samples);
  // What was added may be amended: indices stay.
  Mapping& mapping(uint32_t index) { return profile_.mappings_[index]; }
  Function& function(uint32_t index) { return profile_.functions_[index]; }
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
