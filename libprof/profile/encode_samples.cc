// Written by hand: protozero appends byte by byte, and moves each message when its length is known. Here a
// message is made in a buffer that is large enough for it, and appended with its length.
#include "libprof/profile/encode_samples.h"

#include <memory>
#include <string_view>

#include "libprof/profile/schema.h"

namespace prof {
namespace {

constexpr size_t kMostVarint = 10;
constexpr uint32_t kVarint = 0, kBytes = 2;  // wire types

char* put(char* at, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *at++ = static_cast<char>(number | 0x80);
  *at++ = static_cast<char>(number);
  return at;
}

// proto3: a field of value 0 is not written.
char* put_field(char* at, uint32_t field, uint64_t number) {
  return number == 0 ? at : put(put(at, field << 3 | kVarint), number);
}

// A buffer that grows without keeping what is in it.
class Scratch {
 public:
  char* room(size_t size) {
    if (size > size_) bytes_ = std::make_unique_for_overwrite<char[]>(size_ = 2 * size);
    return bytes_.get();
  }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
};

void append_message(std::string& out, uint32_t field, std::string_view message) {
  char head[2 * kMostVarint];
  out.append(head, put(put(head, field << 3 | kBytes), message.size()));
  out.append(message);
}

}  // namespace

SampleEncoder::SampleEncoder(const Profile& profile) : profile_(profile) {
  location_ids_.reserve(profile.locations().size());
  for (const Location& location : profile.locations()) location_ids_.push_back(location.id);
}

void SampleEncoder::append(size_t begin, size_t end, std::string& out) const {
  Scratch scratch;
  std::string sample;
  const auto append_packed = [&](uint32_t field, size_t count, auto&& number) {
    char* const packed = scratch.room(count * kMostVarint);
    char* at = packed;
    for (size_t n = 0; n < count; n++) at = put(at, number(n));
    append_message(sample, field, {packed, static_cast<size_t>(at - packed)});
  };
  for (size_t i = begin; i < end; i++) {
    sample.clear();
    const auto stack = profile_.stack(i);
    const auto values = profile_.values(i);
    if (!stack.empty()) {
      append_packed(schema::sample::kLocationId, stack.size(),
                    [&](size_t n) { return location_ids_[stack[n]]; });
    }
    append_packed(schema::sample::kValue, values.size(),
                  [&](size_t n) { return static_cast<uint64_t>(values[n]); });
    for (const Label& label : profile_.labels(i)) {
      char message[4 * (1 + kMostVarint)];
      char* at = put_field(message, schema::label::kKey, label.key);
      at = put_field(at, schema::label::kStr, label.str);
      at = put_field(at, schema::label::kNum, static_cast<uint64_t>(label.num));
      at = put_field(at, schema::label::kNumUnit, label.num_unit);
      append_message(sample, schema::sample::kLabel, {message, static_cast<size_t>(at - message)});
    }
    append_message(out, schema::kSample, sample);
  }
}

}  // namespace prof
