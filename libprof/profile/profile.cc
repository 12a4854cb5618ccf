#include "libprof/profile/profile.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "libprof/base/hash.h"

namespace prof {
namespace {

constexpr size_t kTextBlock = size_t{1} << 16;

}  // namespace

ProfileBuilder::ProfileBuilder() {
  profile_.strings_.emplace_back();
  index_string(0);
}

ProfileBuilder::ProfileBuilder(Profile profile) : profile_(std::move(profile)) {
  for (size_t id = 0; id < profile_.strings_.size(); id++) index_string(static_cast<StringId>(id));
}

// One that is there, and equal to none before it.
void ProfileBuilder::index_string(StringId id) {
  index_.find_or_add(
      hash_of(profile_.strings_[id]), [](uint32_t) { return false; }, [&] { return id; });
}

StringId ProfileBuilder::intern(std::string_view text) {
  return index_.find_or_add(
      hash_of(text), [&](StringId id) { return profile_.strings_[id] == text; },
      [&] {
        profile_.strings_.push_back(keep(text));
        return static_cast<StringId>(profile_.strings_.size() - 1);
      });
}

StringId ProfileBuilder::find(std::string_view text) const {
  static_assert(HashIndex::kNone == kNoIndex);
  return index_.find(hash_of(text), [&](StringId id) { return profile_.strings_[id] == text; });
}

std::string_view ProfileBuilder::keep(std::string_view text) {
  if (text.size() > free_size_) {
    const size_t size = std::max(kTextBlock, text.size());
    profile_.storage_.push_back(std::make_unique_for_overwrite<char[]>(size));
    free_ = profile_.storage_.back().get();
    free_size_ = size;
  }
  std::memcpy(free_, text.data(), text.size());
  const std::string_view kept(free_, text.size());
  free_ += text.size();
  free_size_ -= text.size();
  return kept;
}

void ProfileBuilder::set_string(StringId id, std::string_view text) { profile_.strings_[id] = keep(text); }

void ProfileBuilder::add_sample_type(std::string_view type, std::string_view unit) {
  profile_.sample_types_.push_back({intern(type), intern(unit)});
}

uint32_t ProfileBuilder::add_mapping(const Mapping& mapping) {
  const auto index = static_cast<uint32_t>(profile_.mappings_.size());
  profile_.mappings_.push_back(mapping);
  if (mapping.id == 0) profile_.mappings_.back().id = index + 1;
  return index;
}

uint32_t ProfileBuilder::add_function(const Function& function) {
  const auto index = static_cast<uint32_t>(profile_.functions_.size());
  profile_.functions_.push_back(function);
  if (function.id == 0) profile_.functions_.back().id = index + 1;
  return index;
}

uint32_t ProfileBuilder::add_location(Location location, std::span<const Line> lines) {
  const auto index = static_cast<uint32_t>(profile_.locations_.size());
  location.first_line = static_cast<uint32_t>(profile_.lines_.size());
  location.line_count = static_cast<uint32_t>(lines.size());
  if (location.id == 0) location.id = index + 1;
  profile_.lines_.insert(profile_.lines_.end(), lines.begin(), lines.end());
  profile_.locations_.push_back(location);
  return index;
}

void ProfileBuilder::set_lines(uint32_t location, std::span<const Line> lines) {
  profile_.locations_[location].first_line = static_cast<uint32_t>(profile_.lines_.size());
  profile_.locations_[location].line_count = static_cast<uint32_t>(lines.size());
  profile_.lines_.insert(profile_.lines_.end(), lines.begin(), lines.end());
}

void ProfileBuilder::add_sample(std::span<const uint32_t> stack, std::span<const int64_t> values,
                                std::span<const Label> labels) {
  assert(values.size() == profile_.sample_types_.size());
  Samples& all = profile_.samples_;
  all.stacks.append(stack);
  all.values.append(values);
  all.labels.append(labels);
  all.end_sample();
}

void ProfileBuilder::reserve_samples(size_t samples, size_t frames) {
  Samples& all = profile_.samples_;
  all.stacks.reserve(frames);
  all.stack_ends.reserve(samples);
  all.values.reserve(samples * profile_.sample_types_.size());
}

Profile ProfileBuilder::finish() && { return std::move(profile_); }

}  // namespace prof
