// Which edge goes from a node to another: asked for each frame of each sample, so each answer is one cache
// line.
#pragma once

#include <cstdint>
#include <vector>

namespace prof::report {

class EdgeIndex {
 public:
  // The number that this pair was given; `next` where it is new. `from` is not `to`.
  uint32_t find_or_add(uint32_t from, uint32_t to, uint32_t next) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    Slot& slot = find(uint64_t{from} << 32 | to);
    if (slot.key == 0) {
      slot = {uint64_t{from} << 32 | to, next};
      size_++;
    }
    return slot.edge;
  }

 private:
  struct Slot {
    uint64_t key = 0;  // no pair is 0: its ends differ
    uint32_t edge = 0;
  };

  // Its own or the empty one that it goes to.
  Slot& find(uint64_t key) {
    const uint64_t mixed = key * 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio: high bits depend on all
    size_t at = static_cast<size_t>(mixed >> 32) & (slots_.size() - 1);
    while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

  void grow() {
    std::vector<Slot> before(slots_.empty() ? 256 : 2 * slots_.size());  // a power of two
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.key != 0) find(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace prof::report
