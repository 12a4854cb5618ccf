// Packed numbers, nearly all of up to four bytes, for stacks: most of the bytes of a large profile.
//
// The ends of 64 bytes' numbers become a mask, and each is put together without looking at its length, as in
// Plaisance, Kurz, Lemire: Vectorized VByte Decoding (2015). A loop over bytes guesses each length, and a
// wrong guess costs more than all the rest.
#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "libprof/profile/wire.h"

namespace prof {

namespace packing {

inline constexpr size_t kBlock = 64;
inline constexpr size_t kMostShort = 4;  // bytes

// Which of 64 bytes end a number.
inline uint64_t ends_of(const char* block) {
  uint64_t more = 0;
  for (size_t i = 0; i < kBlock; i += 16) {
    const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    more |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(part))} << i;
  }
  return ~more;
}

// Of `size` bytes, up to kMostShort, of the four at `at`.
inline uint32_t short_number(const char* at, size_t size) {
  uint32_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  bytes &= UINT32_MAX >> (32 - 8 * size);
  const uint32_t pairs = (bytes & 0x007f007f) | (bytes & 0x7f007f00) >> 1;
  return (pairs & 0x3fff) | (pairs >> 16) << 14;
}

}  // namespace packing

// Calls take(number) for each. Bytes up to `readable_end`, which is not before the end of `packed`, may be
// read.
template <typename Take>
void packed_numbers(std::string_view packed, const char* readable_end, Take&& take) {
  using namespace packing;
  const char* at = packed.data();
  const char* const end = at + packed.size();
  while (at != end && static_cast<size_t>(readable_end - at) >= kBlock + kMostShort) {
    uint64_t ends = ends_of(at);
    const auto left = static_cast<size_t>(end - at);
    if (left < kBlock) ends &= (uint64_t{1} << left) - 1;
    size_t begin = 0;
    for (; ends != 0; ends &= ends - 1) {
      const auto next = static_cast<size_t>(std::countr_zero(ends)) + 1;
      if (next - begin > kMostShort) break;
      take(uint64_t{short_number(at + begin, next - begin)});
      begin = next;
    }
    at += begin;
    // The next number is a long one, or without an end, or ends in the next block.
    if (ends != 0 || begin == 0) take(varint(&at, end));
  }
  while (at != end) take(varint(&at, end));
}

}  // namespace prof
