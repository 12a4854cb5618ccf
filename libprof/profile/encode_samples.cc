// Written by hand: protozero appends byte by byte, and moves each message when its length is known. Here the
// ids of locations are bytes already, and only a stack is put down before its length is known.
#include "libprof/profile/encode_samples.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "libprof/profile/schema.h"

namespace prof {
namespace {

constexpr size_t kMostVarint = 10;
constexpr uint32_t kVarint = 0, kBytes = 2;      // wire types
constexpr size_t kMostHead = 1 + kMostVarint;    // of a field: what it is and how long
constexpr size_t kUsualId = 3, kUsualRest = 32;  // bytes, for room
constexpr size_t kLabelMessage = 4 * (1 + kMostVarint);

char* put(char* at, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *at++ = static_cast<char>(number | 0x80);
  *at++ = static_cast<char>(number);
  return at;
}

size_t size_of(uint64_t number) { return (static_cast<size_t>(std::bit_width(number | 1)) + 6) / 7; }

// Of a field of bytes, what is before them.
char* put_head(char* at, uint32_t field, size_t size) { return put(put(at, field << 3 | kBytes), size); }
size_t size_with_head(size_t size) { return 1 + size_of(size) + size; }

// proto3: a field of value 0 is not written.
char* put_field(char* at, uint32_t field, uint64_t number) {
  return number == 0 ? at : put(put(at, field << 3 | kVarint), number);
}

// At most of a message with this label.
constexpr size_t kMostLabel = kMostHead + kLabelMessage;

char* put_label(char* at, const Label& label) {
  char message[kLabelMessage];
  char* end = put_field(message, schema::label::kKey, label.key);
  end = put_field(end, schema::label::kStr, label.str);
  end = put_field(end, schema::label::kNum, static_cast<uint64_t>(label.num));
  end = put_field(end, schema::label::kNumUnit, label.num_unit);
  at = put_head(at, schema::sample::kLabel, static_cast<size_t>(end - message));
  return std::copy(message, end, at);
}

}  // namespace

SampleEncoder::SampleEncoder(const Profile& profile) : profile_(profile) {
  location_ids_.reserve(profile.locations().size());
  for (const Location& location : profile.locations()) {
    char bytes[kMostVarint] = {};
    uint32_t id = 0;
    has_long_ids_ |= static_cast<size_t>(put(bytes, location.id) - bytes) > sizeof id;
    std::memcpy(&id, bytes, sizeof id);
    location_ids_.push_back(id);
  }
}

// Needs room for kMostVarint bytes a frame.
char* SampleEncoder::put_stack(char* at, std::span<const uint32_t> stack) const {
  if (has_long_ids_) {
    for (const uint32_t location : stack) at = put(at, profile_.locations()[location].id);
    return at;
  }
  constexpr uint32_t kGoesOn = 0x80808080;  // set in all bytes of a number but its last
  for (const uint32_t location : stack) {
    const uint32_t id = location_ids_[location];
    std::memcpy(at, &id, sizeof id);
    at += std::countr_zero(~id & kGoesOn) / 8 + 1;
  }
  return at;
}

void SampleEncoder::append(size_t begin, size_t end, FlatArray<char>& out) const {
  if (begin == end) return;
  const auto last = profile_.stack(end - 1);
  const auto frames = static_cast<size_t>(last.data() + last.size() - profile_.stack(begin).data());
  out.reserve(out.size() + frames * kUsualId + (end - begin) * kUsualRest);
  FlatArray<char> ids, labels;
  for (size_t i = begin; i < end; i++) {
    const auto stack = profile_.stack(i);
    const auto values = profile_.values(i);
    const auto tags = profile_.labels(i);
    ids.resize(std::max(ids.size(), stack.size() * kMostVarint));
    const auto stack_size = static_cast<size_t>(put_stack(ids.data(), stack) - ids.data());
    labels.resize(std::max(labels.size(), tags.size() * kMostLabel));
    char* label_end = labels.data();
    for (const Label& label : tags) label_end = put_label(label_end, label);
    const auto labels_size = static_cast<size_t>(label_end - labels.data());
    size_t values_size = 0;
    for (const int64_t value : values) values_size += size_of(static_cast<uint64_t>(value));
    const size_t size =
        (stack.empty() ? 0 : size_with_head(stack_size)) + size_with_head(values_size) + labels_size;

    const size_t used = out.size();
    out.resize(used + kMostHead + size);
    char* at = put_head(out.data() + used, schema::kSample, size);
    if (!stack.empty()) {
      at = put_head(at, schema::sample::kLocationId, stack_size);
      at = std::copy_n(ids.data(), stack_size, at);
    }
    at = put_head(at, schema::sample::kValue, values_size);
    for (const int64_t value : values) at = put(at, static_cast<uint64_t>(value));
    at = std::copy_n(labels.data(), labels_size, at);
    out.resize(static_cast<size_t>(at - out.data()));
  }
}

}  // namespace prof
