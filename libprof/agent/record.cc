#include "libprof/agent/record.h"

#include "libprof/agent/clock.h"
#include "libprof/agent/labels.h"
#include "libprof/agent/module_info.h"
#include "libprof/agent/modules.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

// How many leading frames are the agent's own: hooks are not part of the target's stack.
// Called from: signal handlers, hooks. Never blocks.
uint32_t own_frames(const uint64_t* frames, uint32_t count) {
  uint32_t own = 0;
  while (own < count && is_own_code(frames[own] - 1)) ++own;
  return own == count ? 0 : own;
}

// Called from: signal handlers, hooks. Never blocks.
bool write_event(const Sample& sample, const uint64_t* frames, uint32_t count, const Unwound& stack) {
  spool::Event event = {};
  event.time_ns = now_ns(CLOCK_MONOTONIC);
  const uint32_t self = current_tid();
  event.tid = sample.tid != 0 ? sample.tid : self;
  event.kind = sample.kind;
  event.flags = static_cast<uint8_t>(sample.flags | (stack.whole ? 0 : spool::kTruncated));
  event.frame_count = static_cast<uint16_t>(count);
  event.weight = static_cast<uint32_t>(sample.weight < UINT32_MAX ? sample.weight : UINT32_MAX);
  event.labels = event.tid == self ? thread_state.labels : 0;
  event.value = sample.value;
  event.id = sample.id;
  event.exact = stack.exact;
  write_labels(event.labels);
  return state->writer.write(spool::RecordType::kEvent, event, frames, count * sizeof(uint64_t));
}

}  // namespace

bool record(const Sample& sample) {
  if (state->writer.header()->stop_requested.load(std::memory_order_relaxed) != 0) {
    state->recording.store(0, std::memory_order_release);
    return false;
  }
  const int index = buffers.claim();
  if (index < 0) {
    state->writer.count_drop(spool::Drop::no_buffer, sample.kind, sample.weight);
    return false;
  }
  uint64_t* const frames = buffers.buffer(index);
  Unwound stack =
      unwind({module_list(), sample.from, sample.interrupted, thread_state.stack, sample.alternate}, frames,
             spool::kMaxFrames);
  const uint32_t skipped = sample.interrupted ? 0 : own_frames(frames, stack.count);
  stack.exact = skipped < 64 ? stack.exact >> skipped : 0;
  const uint32_t kept = stack.count - skipped;
  const bool written = write_event(sample, frames + skipped, kept, stack);
  buffers.release(index);
  if (!written) state->writer.count_drop(spool::Drop::ring_full, sample.kind, sample.weight);
  return written;
}

bool record_stack(const Sample& sample, const uint64_t* frames, uint32_t count) {
  const bool written = write_event(sample, frames, count, {count, true, 1});
  if (!written) state->writer.count_drop(spool::Drop::ring_full, sample.kind, sample.weight);
  return written;
}

}  // namespace prof::agent
