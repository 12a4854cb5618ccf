// A set of indices by hash: which of many objects kept elsewhere is like a given one. Open addressing, eight
// bytes an object at half full: nothing is allocated for one alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace prof {

class HashIndex {
 public:
  // The index of the object for which is_same(index) holds, among those added with `hash`; where there is
  // none, add() makes one and returns its index.
  template <typename Same, typename Add>
  uint32_t find_or_add(uint64_t hash, Same&& is_same, Add&& add) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    const auto mark = static_cast<uint32_t>(hash >> 32);
    for (uint64_t at = hash;; at++) {
      Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.number == 0) {
        const uint32_t index = add();
        slot = {mark, index + 1};
        hashes_.push_back(hash);
        count_++;
        return index;
      }
      if (slot.mark == mark && is_same(slot.number - 1)) return slot.number - 1;
    }
  }
  // The same of what is there; kNone where there is none.
  static constexpr uint32_t kNone = UINT32_MAX;
  template <typename Same>
  uint32_t find(uint64_t hash, Same&& is_same) const {
    if (slots_.empty()) return kNone;
    const auto mark = static_cast<uint32_t>(hash >> 32);
    for (uint64_t at = hash;; at++) {
      const Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.number == 0) return kNone;
      if (slot.mark == mark && is_same(slot.number - 1)) return slot.number - 1;
    }
  }
  // Fetches what find_or_add() looks at first: where many are asked for, ask for several before the first.
  void prefetch(uint64_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  }
  bool empty() const { return count_ == 0; }

 private:
  struct Slot {
    uint32_t mark = 0;    // the upper half of the hash
    uint32_t number = 0;  // index + 1; 0: free
  };

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number == 0) continue;
      uint64_t at = hashes_[slot.number - 1];
      while (slots_[at & (slots_.size() - 1)].number != 0) at++;
      slots_[at & (slots_.size() - 1)] = slot;
    }
  }

  std::vector<Slot> slots_;       // a power of two, at most half full
  std::vector<uint64_t> hashes_;  // by index: REQUIRES that add() numbers them 0, 1, 2, ...
  size_t count_ = 0;
};

}  // namespace prof
