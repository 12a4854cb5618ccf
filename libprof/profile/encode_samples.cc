// Written by hand: protozero appends byte by byte, and moves each message when its length is known. Here
// lengths are counted first, and the ids of locations are bytes already.
#include "libprof/profile/encode_samples.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "libprof/base/flat_array.h"
#include "libprof/profile/schema.h"

namespace prof {
namespace {

constexpr size_t kMostVarint = 10;
constexpr uint32_t kVarint = 0, kBytes = 2;    // wire types
constexpr size_t kMostHead = 1 + kMostVarint;  // of a field: what it is and how long
constexpr size_t kChunk = size_t{32} << 10;    // made in the nearest cache, then appended
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

void append(std::string& out, const Label& label) {
  char message[kLabelMessage], head[kMostHead];
  char* at = put_field(message, schema::label::kKey, label.key);
  at = put_field(at, schema::label::kStr, label.str);
  at = put_field(at, schema::label::kNum, static_cast<uint64_t>(label.num));
  at = put_field(at, schema::label::kNumUnit, label.num_unit);
  const auto size = static_cast<size_t>(at - message);
  out.append(head, put_head(head, schema::sample::kLabel, size));
  out.append(message, size);
}

}  // namespace

SampleEncoder::SampleEncoder(const Profile& profile) : profile_(profile) {
  location_ids_.reserve(profile.locations().size());
  for (const Location& location : profile.locations()) {
    Varint id{};
    id.size = static_cast<uint8_t>(put(id.bytes, location.id) - id.bytes);
    location_ids_.push_back(id);
  }
}

void SampleEncoder::append(size_t begin, size_t end, std::string& out) const {
  FlatArray<char> chunk;
  size_t used = 0;
  std::string labels;
  for (size_t i = begin; i < end; i++) {
    const auto stack = profile_.stack(i);
    const auto values = profile_.values(i);
    labels.clear();
    for (const Label& label : profile_.labels(i)) prof::append(labels, label);
    size_t stack_size = 0, values_size = 0;
    for (const uint32_t location : stack) stack_size += location_ids_[location].size;
    for (const int64_t value : values) values_size += size_of(static_cast<uint64_t>(value));
    const size_t size =
        (stack.empty() ? 0 : size_with_head(stack_size)) + size_with_head(values_size) + labels.size();

    if (used >= kChunk) {
      out.append(chunk.data(), used);
      used = 0;
    }
    // Ids are copied whole, so the last one goes past its end.
    chunk.resize(std::max(chunk.size(), used + kMostHead + size + sizeof(Varint)));
    char* at = put_head(chunk.data() + used, schema::kSample, size);
    if (!stack.empty()) {
      at = put_head(at, schema::sample::kLocationId, stack_size);
      for (const uint32_t location : stack) {
        const Varint& id = location_ids_[location];
        std::memcpy(at, id.bytes, sizeof id.bytes);
        at += id.size;
      }
    }
    at = put_head(at, schema::sample::kValue, values_size);
    for (const int64_t value : values) at = put(at, static_cast<uint64_t>(value));
    at = std::copy(labels.begin(), labels.end(), at);
    used = static_cast<size_t>(at - chunk.data());
  }
  out.append(chunk.data(), used);
}

}  // namespace prof
