// A hash of bytes and numbers for tables in memory: 64 bits, all of them good. Not for files: the values may
// change; not against somebody who chooses the input.
//
// The way of wyhash (Wang Yi, https://github.com/wangyi-fudan/wyhash): the two halves of a 128-bit product,
// one upon the other, take 16 bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace prof {

namespace hashing {

// Odd, with as many bits set as not, from wyhash.
inline constexpr uint64_t kFirst = 0xa0761d6478bd642f, kSecond = 0xe7037ed1a0b428db;

inline uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Product = unsigned __int128;
  const Product product = static_cast<Product>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename Word>
uint64_t word_at(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace hashing

// Of what `hash` is of, and `part`.
inline uint64_t hash_with(uint64_t hash, uint64_t part) {
  return hashing::fold(hash ^ hashing::kFirst, part ^ hashing::kSecond);
}

inline uint64_t hash_of(std::string_view bytes) {
  using namespace hashing;
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t hash = fold(left ^ kFirst, kSecond);
  for (; left > 16; at += 16, left -= 16) {
    hash = fold(word_at<uint64_t>(at) ^ kFirst, word_at<uint64_t>(at + 8) ^ hash ^ kSecond);
  }
  // The last 1 to 16 bytes: two words that overlap where there are fewer.
  uint64_t first = 0, last = 0;
  if (left >= 8) {
    first = word_at<uint64_t>(at);
    last = word_at<uint64_t>(at + left - 8);
  } else if (left >= 4) {
    first = word_at<uint32_t>(at);
    last = word_at<uint32_t>(at + left - 4);
  } else {
    for (; left > 0; at++, left--) first = first << 8 | static_cast<uint8_t>(*at);
  }
  return fold(hash ^ kFirst, fold(first ^ kFirst, last ^ hash ^ kSecond));
}

}  // namespace prof
