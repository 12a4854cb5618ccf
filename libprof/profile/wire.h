// Protobuf fields as numbers and bytes: what decoding takes from a pbf_reader, with the types checked.
//
// protozero reports malformed bytes by exceptions, so this does too: Malformed, or protozero's own. They do
// not leave decode.cc.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

namespace prof {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// Thrown where bytes are no profile; decode.cc catches it.
struct Malformed {
  std::string what;
};

inline uint64_t number(pbf_reader& field) {
  if (field.wire_type() != pbf_wire_type::varint) {
    throw Malformed{fmt::format("its field {} is not a number", field.tag())};
  }
  return field.get_uint64();
}

inline int64_t integer(pbf_reader& field) { return static_cast<int64_t>(number(field)); }

// As protozero's, with the numbers of up to three bytes, which nearly all are, decoded in line.
inline uint64_t varint(const char** at, const char* end) {
  const auto* byte = reinterpret_cast<const uint8_t*>(*at);
  if (end - *at >= 3) {
    if (byte[0] < 0x80) return *at += 1, byte[0];
    if (byte[1] < 0x80) return *at += 2, (byte[0] & 0x7fu) | uint32_t{byte[1]} << 7;
    if (byte[2] < 0x80) return *at += 3, (byte[0] & 0x7fu) | (byte[1] & 0x7fu) << 7 | uint32_t{byte[2]} << 14;
  }
  return protozero::decode_varint(at, end);
}

// protozero keeps 32 bits of a length: one of 2^32 + 5 would pass for 5.
inline void check_length(const pbf_reader& field) {
  if (field.wire_type() != pbf_wire_type::length_delimited) return;
  const protozero::data_view rest = field.data();
  const char* at = rest.data();
  const char* const end = at + rest.size();
  if (varint(&at, end) > static_cast<size_t>(end - at)) throw protozero::end_of_buffer_exception{};
}

inline void skip(pbf_reader& field) {
  check_length(field);
  field.skip();
}

inline protozero::data_view bytes_of(pbf_reader& field) {
  if (field.wire_type() != pbf_wire_type::length_delimited) {
    throw Malformed{fmt::format("its field {} is not a message or text", field.tag())};
  }
  check_length(field);
  return field.get_view();
}

// How many numbers packed bytes are: each ends at a byte below 0x80. Eight at a time: the product's top byte
// is the sum of the eight.
inline size_t count_numbers(std::string_view packed) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  size_t count = 0, at = 0;
  for (uint64_t word = 0; packed.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, packed.data() + at, sizeof word);
    count += (~word >> 7 & kOnes) * kOnes >> 56;
  }
  for (; at < packed.size(); at++) count += static_cast<uint8_t>(packed[at]) < 0x80;
  return count;
}

// A repeated number, packed or not.
template <typename Take>
void numbers(pbf_reader& field, Take&& take) {
  if (field.wire_type() != pbf_wire_type::length_delimited) return take(number(field));
  const auto packed = bytes_of(field);
  const char* at = packed.data();
  const char* const end = at + packed.size();
  while (at != end) take(varint(&at, end));
}

}  // namespace prof
