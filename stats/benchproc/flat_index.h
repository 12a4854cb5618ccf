// Finds numbers by what they stand for: open addressing in one array, which a miss of the cache reaches once.
// The owner keeps the things, and says what their hash is and whether one is the one looked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bench {

class FlatIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The number put there under this hash for which `equal(number)` holds, or kNone.
  template <typename Equal>
  uint32_t find(uint64_t hash, Equal equal) const {
    if (slots_.empty()) return kNone;
    for (size_t i = tag_of(hash) & mask();; i = (i + 1) & mask()) {
      const auto& [tag, number] = slots_[i];
      if (number == kNone) return kNone;
      if (tag == tag_of(hash) && equal(number)) return number;
    }
  }

  // REQUIRES: find(hash, ...) found none. Amortized O(1).
  void insert(uint64_t hash, uint32_t number) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    size_++;
    put(tag_of(hash), number);
  }

  // Of a few integers; good enough for masks.
  static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15;
    return hash ^ hash >> 29;
  }

 private:
  size_t mask() const { return slots_.size() - 1; }
  // The half of the hash that says where its slot is: larger arrays are filled from smaller ones alone.
  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash); }
  void put(uint32_t tag, uint32_t number) {
    size_t i = tag & mask();
    while (slots_[i].second != kNone) i = (i + 1) & mask();
    slots_[i] = {tag, number};
  }
  void grow() {
    constexpr size_t kLeast = 64;
    auto smaller = std::exchange(slots_, {});
    slots_.resize(smaller.empty() ? kLeast : 2 * smaller.size(), {0, kNone});
    for (const auto& [tag, number] : smaller) {
      if (number != kNone) put(tag, number);
    }
  }

  std::vector<std::pair<uint32_t, uint32_t>> slots_;  // tag, number
  size_t size_ = 0;
};

}  // namespace bench
