// What the whole agent shares: what is being recorded, and where to.
#pragma once

#include <atomic>
#include <cstdint>

#include "libprof/agent/pool.h"
#include "libprof/spool/writer.h"

namespace prof::agent {

// Lives in a page that the kernel wipes in a fork's child (MADV_WIPEONFORK): a child that did not come
// through our fork handler (raw clone) sees that nothing is recorded, and that the timers in the table, whose
// numbers may be those of its own, are its parent's.
struct State {
  // Bit 1 << Kind while that kind is recorded. Writers, release: start and stop; hooks and handlers, which
  // clear it where the collector asked for no more, after which nothing starts in this process. Readers:
  // hooks and handlers, acquire (it publishes the fields below). A stale bit set lets one more event into a
  // spool that is still mapped; a stale bit clear misses one.
  std::atomic<uint32_t> recording;
  uint64_t periods[kKindCount];
  spool::Writer writer;  // null, or mapped for good: after a stop it writes to private memory
  // Whether module and thread records have a reader. Writers and readers: threads.
  std::atomic<bool> is_open;
  // Whether the timers that timer_slots.h knows are this process's. Writer: the cpu engine's start, before
  // there are any.
  std::atomic<bool> has_timers;
};

// Never null: before the constructor ran it is a State in which nothing is recorded.
extern State* state;
extern BufferPool buffers;

// Called from: anywhere. Never blocks.
inline bool is_recording_anything() { return state->recording.load(std::memory_order_acquire) != 0; }

// Called from: anywhere. Never blocks. One load of a pointer, one of a word.
[[gnu::always_inline]] inline bool is_recording(Kind kind) {
  return __builtin_expect(
      (state->recording.load(std::memory_order_acquire) >> static_cast<int>(kind) & 1) != 0, 0);
}

}  // namespace prof::agent
