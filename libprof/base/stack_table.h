// Interned sequences of 64-bit words: equal sequences get equal ids, 0, 1, 2, ... Words lie in one flat
// array, so that a sequence seen before costs a hash and a comparison, and nothing is allocated for it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace prof {

class StackTable {
 public:
  uint32_t intern(std::span<const uint64_t> words) {
    if ((size() + 1) * 2 > slots_.size()) grow();
    const uint64_t hash = hash_of(words);
    for (uint64_t at = hash;; at++) {
      uint32_t& slot = slots_[at & (slots_.size() - 1)];
      if (slot == 0) {
        words_.insert(words_.end(), words.begin(), words.end());
        ends_.push_back(words_.size());
        hashes_.push_back(hash);
        return (slot = static_cast<uint32_t>(size())) - 1;
      }
      if (hashes_[slot - 1] == hash && equal(this->words(slot - 1), words)) return slot - 1;
    }
  }

  std::span<const uint64_t> words(uint32_t id) const {
    const uint64_t begin = id == 0 ? 0 : ends_[id - 1];
    return std::span(words_).subspan(begin, ends_[id] - begin);
  }
  size_t size() const { return ends_.size(); }

 private:
  static uint64_t hash_of(std::span<const uint64_t> words) {
    uint64_t hash = words.size();
    for (const uint64_t word : words) {
      hash = (hash ^ word) * 0x9e3779b97f4a7c15;
      hash ^= hash >> 32;
    }
    return hash;
  }
  static bool equal(std::span<const uint64_t> a, std::span<const uint64_t> b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
  }
  void grow() {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
    for (uint32_t id = 0; id < size(); id++) {
      uint64_t at = hashes_[id];
      while (slots_[at & (slots_.size() - 1)] != 0) at++;
      slots_[at & (slots_.size() - 1)] = id + 1;
    }
  }

  std::vector<uint32_t> slots_;  // id + 1, 0 where free; a power of two, at most half full
  std::vector<uint64_t> hashes_;
  std::vector<uint64_t> ends_;
  std::vector<uint64_t> words_;
};

}  // namespace prof
