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
  static constexpr uint32_t kCapacity = 1 << 20;
  static constexpr uint32_t kReach = 32;
  static constexpr uint32_t kPages = 1 << 16;

  struct Memory {
    std::atomic<uint64_t> keys[kCapacity];  // 0: free
    std::atomic<uint64_t> ids[kCapacity];
  };

  // `memory` is zeroed and large: given by the kernel where touched. Without it the table holds nothing, and
  // only may_hold and clear may be called.
  void use(Memory* memory) { memory_ = memory; }

  [[gnu::always_inline]] bool may_hold(uint64_t address) const {
    return pages_[page_of(address)].load(std::memory_order_relaxed) != 0;
  }

  // False where there is no room within reach.
  bool insert(uint64_t address, uint64_t id) {
    const uint32_t home = home_of(address);
    for (uint32_t i = 0; i < kReach; ++i) {
      const uint32_t slot = (home + i) % kCapacity;
      uint64_t key = memory_->keys[slot].load(std::memory_order_relaxed);
      if (key != 0 || !memory_->keys[slot].compare_exchange_strong(key, address, std::memory_order_relaxed))
        continue;
      memory_->ids[slot].store(id, std::memory_order_relaxed);
      pages_[page_of(address)].fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  // The block's number, which is out of the table then; 0 where it was not sampled.
  uint64_t take(uint64_t address) {
    const uint32_t home = home_of(address);
    for (uint32_t i = 0; i < kReach; ++i) {
      const uint32_t slot = (home + i) % kCapacity;
      if (memory_->keys[slot].load(std::memory_order_relaxed) != address) continue;
      const uint64_t id = memory_->ids[slot].load(std::memory_order_relaxed);
      pages_[page_of(address)].fetch_sub(1, std::memory_order_relaxed);
      memory_->keys[slot].store(0, std::memory_order_relaxed);
      return id;
    }
    return 0;
  }

  void clear() {
    if (memory_ == nullptr) return;
    for (auto& key : memory_->keys) {
      if (key.load(std::memory_order_relaxed) != 0) key.store(0, std::memory_order_relaxed);
    }
    for (auto& page : pages_) {
      if (page.load(std::memory_order_relaxed) != 0) page.store(0, std::memory_order_relaxed);
    }
  }

 private:
  static uint32_t page_of(uint64_t address) {
    return static_cast<uint32_t>((address >> 12) * 0x9e3779b97f4a7c15 >> 48);
  }
  static uint32_t home_of(uint64_t address) {
    return static_cast<uint32_t>((address >> 4) * 0x9e3779b97f4a7c15 >> 44);
  }

  Memory* memory_ = nullptr;
  // How many blocks of the pages that share a counter are in the table. Writers: insert and take, relaxed:
  // the owner of a block sees its own insertion, and other blocks do not matter to it. In here, and not in
  // `memory_`, so that may_hold is one load, and right without memory.
  std::atomic<uint32_t> pages_[kPages] = {};
};
static_assert(LiveTable::kCapacity == 1u << (64 - 44) && LiveTable::kPages == 1u << (64 - 48));

}  // namespace prof::agent
