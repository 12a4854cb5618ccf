// Which blocks of the heap were sampled: address to number, asked at every free.
//
// In front, a table of counters by page: "none on this page" is one load, and right for all but a few in a
// thousand frees. Behind it, an exact hash table with a short reach, which is lock-free since an address has
// one owner at a time: only the thread that got it from the allocator inserts it, only the one that gives it
// back takes it out, and the program orders the two.
// Freestanding. Called from: allocator hooks. Never blocks.
#pragma once

#include <atomic>
#include <cstdint>

namespace prof::agent {

class LiveTable {
 public:
  static constexpr uint64_t kBlockSize = 2 * sizeof(std::atomic<uint64_t>);  // bytes of memory for a block
  static constexpr uint32_t kLargest = 1 << 20;                              // blocks
  static constexpr uint32_t kReach = 32;
  static constexpr uint32_t kPages = 1 << 16;

  // `memory` is zeroed, `capacity` * kBlockSize bytes, given by the kernel where touched. Without it the
  // table holds nothing, and only may_hold and clear_pages may be called. REQUIRES: `capacity` is a power of
  // two from 2 to kLargest.
  void use(void* memory, uint32_t capacity) {
    keys_ = static_cast<std::atomic<uint64_t>*>(memory);
    ids_ = keys_ + capacity;
    capacity_ = capacity;
    home_shift_ = static_cast<uint32_t>(__builtin_clzll(capacity)) + 1;
  }

  [[gnu::always_inline]] bool may_hold(uint64_t address) const {
    return pages_[page_of(address)].load(std::memory_order_relaxed) != 0;
  }

  // False where there is no room within reach.
  bool insert(uint64_t address, uint64_t id) {
    const uint32_t home = home_of(address);
    for (uint32_t i = 0; i < kReach; ++i) {
      const uint32_t slot = (home + i) & (capacity_ - 1);
      uint64_t key = keys_[slot].load(std::memory_order_relaxed);
      if (key != 0 || !keys_[slot].compare_exchange_strong(key, address, std::memory_order_relaxed)) continue;
      ids_[slot].store(id, std::memory_order_relaxed);
      pages_[page_of(address)].fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  // The block's number, which is out of the table then; 0 where it was not sampled.
  uint64_t take(uint64_t address) {
    const uint32_t home = home_of(address);
    for (uint32_t i = 0; i < kReach; ++i) {
      const uint32_t slot = (home + i) & (capacity_ - 1);
      if (keys_[slot].load(std::memory_order_relaxed) != address) continue;
      const uint64_t id = ids_[slot].load(std::memory_order_relaxed);
      pages_[page_of(address)].fetch_sub(1, std::memory_order_relaxed);
      keys_[slot].store(0, std::memory_order_relaxed);
      return id;
    }
    return 0;
  }

  // After its memory was zeroed: nothing is in it.
  void clear_pages() {
    for (auto& page : pages_) {
      if (page.load(std::memory_order_relaxed) != 0) page.store(0, std::memory_order_relaxed);
    }
  }

 private:
  static uint32_t page_of(uint64_t address) {
    return static_cast<uint32_t>((address >> 12) * 0x9e3779b97f4a7c15 >> 48);
  }
  uint32_t home_of(uint64_t address) const {
    return static_cast<uint32_t>((address >> 4) * 0x9e3779b97f4a7c15 >> home_shift_);
  }

  std::atomic<uint64_t>* keys_ = nullptr;  // 0: free
  std::atomic<uint64_t>* ids_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t home_shift_ = 0;  // 64 - log2(capacity_)
  // How many blocks of the pages that share a counter are in the table. Writers: insert and take, relaxed:
  // the owner of a block sees its own insertion, and other blocks do not matter to it. In here, and not in
  // the memory, so that may_hold is one load, and right without memory.
  std::atomic<uint32_t> pages_[kPages] = {};
};
static_assert(LiveTable::kPages == 1u << (64 - 48));

}  // namespace prof::agent
