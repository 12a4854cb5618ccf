// The heap engine as its hooks see it: they are in heap_hooks.cc (C) and new_hooks.cc (C++).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "libprof/agent/live_table.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {

extern LiveTable live_blocks;
// Number of the recording, from 1: what a thread counted for an earlier one, perhaps at another interval, is
// void. Writer: start, before the kind's bit is set, which publishes it.
extern std::atomic<uint32_t> heap_recording;

void init_heap_hooks();
void init_new_hooks();

// Slow paths, out of line. Called from: allocator hooks. Never block, allocate or call the loader.
void sample_allocation(void* block, size_t size);
uint64_t forget_block(void* block);  // out of the live table, before the real free; 0 where not sampled
void write_free(uint64_t id);        // its Free record
void remember_block(void* block, uint64_t id);  // back into the table: a realloc that failed

// A block of `size` bytes that the target asked for and got. REQUIRES: is_recording(Kind::k_heap).
[[gnu::always_inline]] inline void note_allocation(void* block, size_t size) {
  ThreadState& thread = thread_state;
  ++thread.allocations;
  // One more than the size, so that blocks of no bytes can be seen too; spool.h tells the collector.
  thread.heap_countdown -= static_cast<int64_t>(size) + 1;
  const bool is_drawn = thread.heap_recording == heap_recording.load(std::memory_order_relaxed);
  if (__builtin_expect(thread.heap_countdown < 0 || !is_drawn, 0)) sample_allocation(block, size);
}

[[gnu::always_inline]] inline void note_free(void* block) {
  if (__builtin_expect(live_blocks.may_hold(reinterpret_cast<uint64_t>(block)), 0)) {
    if (const uint64_t id = forget_block(block); id != 0) write_free(id);
  }
}

}  // namespace prof::agent
