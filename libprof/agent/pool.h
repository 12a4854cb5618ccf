// A fixed pool of frame buffers, so that no sample needs room on the interrupted stack, which may have none.
//
// Claiming a buffer also marks its holder as a reader of what is published by pointer swap (the module list):
// a publisher takes a Passage after the swap, and once it has passed, no reader can hold the old version.
// Freestanding, lock-free.
#pragma once

#include <atomic>
#include <cstdint>

#include "libprof/spool/spool.h"

namespace prof::agent {

class BufferPool {
 public:
  static constexpr int kBuffers = 64;  // at most
  using Buffer = uint64_t[spool::kMaxFrames];

  // Every claim outstanding at one moment.
  struct Passage {
    uint64_t claimed = 0;
    uint32_t turns[kBuffers];
  };

  // `count` buffers, zeroed or not; before that there are none. REQUIRES: 1 <= count <= kBuffers.
  // Called from: start, before anything claims.
  void use(Buffer* buffers, int count) {
    buffers_ = buffers;
    usable_ = ~uint64_t{0} >> (kBuffers - count);
  }
  bool is_empty() const { return usable_ == 0; }

  // Called from: signal handlers, hooks. Never blocks. -1 where all are taken.
  int claim() {
    uint64_t taken = claimed_.load(std::memory_order_relaxed);
    do {
      if ((~taken & usable_) == 0) return -1;
      // Sequentially consistent: a claim is before the load of a published pointer, in one order with the
      // publisher's swap and its look at the claims.
    } while (
        !claimed_.compare_exchange_weak(taken, taken | (~taken & (taken + 1)), std::memory_order_seq_cst));
    return __builtin_ctzll(~taken);
  }
  uint64_t* buffer(int index) const { return buffers_[index]; }
  void release(int index) {
    turns_[index].fetch_add(1, std::memory_order_relaxed);
    claimed_.fetch_and(~(uint64_t{1} << index), std::memory_order_release);
  }

  // Called from: threads, by one publisher at a time.
  Passage passage() const {
    Passage now;
    for (int i = 0; i < kBuffers; ++i) now.turns[i] = turns_[i].load(std::memory_order_seq_cst);
    now.claimed = claimed_.load(std::memory_order_seq_cst);
    return now;
  }
  bool has_passed(const Passage& then) const {
    const uint64_t still = claimed_.load(std::memory_order_seq_cst) & then.claimed;
    for (int i = 0; i < kBuffers; ++i) {
      if ((still >> i & 1) != 0 && turns_[i].load(std::memory_order_seq_cst) == then.turns[i]) return false;
    }
    return true;
  }
  bool idle() const { return claimed_.load(std::memory_order_seq_cst) == 0; }

  // In a fork's child: the holders stayed in the parent.
  void reset() { claimed_.store(0, std::memory_order_relaxed); }

 private:
  Buffer* buffers_ = nullptr;
  uint64_t usable_ = 0;  // bit i: buffer i is there
  // Writers: claimants and releasers. A stale value fails the exchange.
  std::atomic<uint64_t> claimed_ = 0;
  // Writers: the releaser of each buffer. Counts releases; a stale value makes a passage look not yet passed.
  std::atomic<uint32_t> turns_[kBuffers] = {};
};

}  // namespace prof::agent
