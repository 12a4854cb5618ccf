// Heap: Poisson sampling by bytes in front of whatever allocator the target has. Only raw events are written;
// the collector makes estimates of them.
#include "libprof/agent/heap.h"

#include <algorithm>
#include <bit>
#include <cerrno>

#include "libprof/agent/clock.h"
#include "libprof/agent/engine.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/poisson.h"
#include "libprof/agent/record.h"

namespace prof::agent {

LiveTable live_blocks;
std::atomic<uint32_t> heap_recording = 0;

namespace {

void* memory = nullptr;  // of live_blocks
uint64_t memory_size = 0;
// Numbers of sampled blocks, from 1. Writers: hooks, relaxed add.
std::atomic<uint64_t> last_id = 0;

void init() {
  init_heap_hooks();
  init_new_hooks();
}

void start() {
  heap_recording.fetch_add(1, std::memory_order_relaxed);
  if (memory == nullptr) {
    const uint64_t share = std::bit_floor(budget.limit() / 8 / LiveTable::kBlockSize);
    const auto capacity = static_cast<uint32_t>(std::min<uint64_t>(share, LiveTable::kLargest));
    memory_size = capacity * LiveTable::kBlockSize;
    memory = map_pages(memory_size);
    if (memory != nullptr) live_blocks.use(memory, capacity);
  } else {
    // Zeroes by forgetting: in a fork's child nothing of its parent's table is read or copied. The parent's
    // blocks are the child's too, but their numbers mean nothing in its spool.
    ::madvise(memory, memory_size, MADV_DONTNEED);
  }
  live_blocks.clear_pages();
}

}  // namespace

[[gnu::noinline]] void sample_allocation(void* block, size_t size) {
  const int saved = errno;
  ThreadState& thread = thread_state;
  const uint64_t mean = state->periods[static_cast<int>(Kind::k_heap)];
  const uint32_t recording = heap_recording.load(std::memory_order_relaxed);
  if (thread.heap_recording != recording) {
    // The thread's first allocation: its gap is drawn now, and this block is weighed against it.
    thread.heap_recording = recording;
    thread.heap_countdown = next_gap(thread_random(), mean) - static_cast<int64_t>(size) - 1;
    if (thread.heap_countdown >= 0) {
      errno = saved;
      return;
    }
  }
  thread.heap_countdown = next_gap(thread_random(), mean);
  if (memory == nullptr) {
    state->writer.count_drop(spool::Drop::live_table_full, Kind::k_heap, 1);
    errno = saved;
    return;
  }

  const uint64_t id = last_id.fetch_add(1, std::memory_order_relaxed) + 1;
  if (!live_blocks.insert(reinterpret_cast<uint64_t>(block), id)) {
    state->writer.count_drop(spool::Drop::live_table_full, Kind::k_heap, 1);
    errno = saved;
    return;
  }
  Sample sample = {};
  sample.kind = Kind::k_heap;
  sample.from = registers_here();
  sample.weight = 1;
  sample.value = size;
  sample.id = id;
  if (!record(sample)) live_blocks.take(reinterpret_cast<uint64_t>(block));
  errno = saved;
}

[[gnu::noinline]] uint64_t forget_block(void* block) {
  return live_blocks.take(reinterpret_cast<uint64_t>(block));
}

[[gnu::noinline]] void write_free(uint64_t id) {
  const spool::Free freed = {now_ns(CLOCK_MONOTONIC), id};
  if (!state->writer.write(spool::RecordType::kFree, freed)) state->writer.count_drop(spool::Drop::ring_full);
}

void remember_block(void* block, uint64_t id) { live_blocks.insert(reinterpret_cast<uint64_t>(block), id); }

const Engine heap_engine = {init, start, nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace prof::agent
