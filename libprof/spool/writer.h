// The writing side of the spool's ring: reserve, fill, commit. Freestanding: no library, no loader, no
// allocation.
//
// Called from: threads, signal handlers, allocator hooks, several at a time and nested in each other. Never
// blocks: a failed compare-and-swap means that another writer got its room (lock-free).
#pragma once

#include <cstring>

#include "libprof/spool/spool.h"

namespace prof::spool {

// Room for one record's payload; `payload` is null where the ring was full.
struct Reservation {
  char* payload = nullptr;
  RecordHeader* record = nullptr;
  uint64_t position = 0;
};

class Writer {
 public:
  // Events leave 1/8 of the ring to the other records. A lost event is one less of many, and counted; without
  // a Free its block is in use for ever, without a Module the stacks that follow have no names.
  static constexpr uint64_t kReservedShare = 8;

  Writer() = default;
  // `header` begins a mapping of kHeaderSize + ring_size bytes; ring_size is a power of two, at least 4096.
  Writer(Header* header, uint64_t ring_size)
      : header_(header), ring_(reinterpret_cast<char*>(header) + kHeaderSize), size_(ring_size) {}

  Header* header() const { return header_; }

  // Every reservation must be committed by whoever made it: an uncommitted record holds the reader up.
  Reservation reserve(RecordType type, uint64_t payload_size) const {
    const uint32_t size = padded(sizeof(RecordHeader) + payload_size);
    const uint64_t room = type == RecordType::kEvent ? size_ - size_ / kReservedShare : size_;
    // A stale head is caught by the exchange, a stale tail only shows less room.
    uint64_t head = header_->head.load(std::memory_order_relaxed);
    uint64_t pad = 0;
    do {
      const uint64_t to_end = size_ - (head & (size_ - 1));
      pad = size <= to_end ? 0 : to_end;
      // Acquire pairs with the reader's release: what it has read is no longer needed.
      const uint64_t tail = header_->tail.load(std::memory_order_acquire);
      if (head + pad + size - tail > room) return {};
    } while (!header_->head.compare_exchange_weak(head, head + pad + size, std::memory_order_relaxed));
    if (pad != 0) {
      RecordHeader* filler = record_at(head);
      describe(filler, RecordType::kPad, static_cast<uint32_t>(pad));
      filler->commit.store(commit_word(head), std::memory_order_release);
    }
    const uint64_t position = head + pad;
    RecordHeader* record = record_at(position);
    describe(record, type, size);
    return {reinterpret_cast<char*>(record + 1), record, position};
  }

  static void commit(const Reservation& reservation) {
    reservation.record->commit.store(commit_word(reservation.position), std::memory_order_release);
  }

  // One fixed part and one variable part (frames, a path): reserve, copy, commit. False where the ring was
  // full.
  template <typename Fixed>
  bool write(RecordType type, const Fixed& fixed, const void* rest = nullptr, uint64_t rest_size = 0) const {
    const Reservation room = reserve(type, sizeof fixed + rest_size);
    if (room.payload == nullptr) return false;
    std::memcpy(room.payload, &fixed, sizeof fixed);
    copy(room.payload + sizeof fixed, rest, rest_size);
    commit(room);
    return true;
  }

  void count_drop(Drop cause) const {
    header_->drops[static_cast<uint32_t>(cause)].fetch_add(1, std::memory_order_relaxed);
  }
  // A dropped event: its cause and its weight.
  void count_drop(Drop cause, Kind kind, uint64_t weight) const {
    count_drop(cause);
    header_->lost_weight[static_cast<int>(kind)].fetch_add(weight, std::memory_order_relaxed);
  }

 private:
  // memcpy is a call of whatever the program has in front of libc's: a sanitizer's needs 2 KiB of a stack
  // that a signal handler may not have.
  static void copy(void* to, const void* from, uint64_t size) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size)::"memory");
  }

  RecordHeader* record_at(uint64_t position) const {
    return reinterpret_cast<RecordHeader*>(ring_ + (position & (size_ - 1)));
  }
  static void describe(RecordHeader* record, RecordType type, uint32_t size) {
    record->size = size;
    record->type = type;
    record->reserved = 0;
  }

  Header* header_ = nullptr;
  char* ring_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace prof::spool
