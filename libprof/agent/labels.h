// Label sets, as prof_label makes them: each is interned once, and a thread carries the number of its set
// (ThreadState::labels). A set goes to the spool with the first event that needs it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace prof::agent {

// Bounds of the interned sets: together at most kLabelBytes, mapped when the first is made and given memory
// as they come.
inline constexpr uint32_t kMaxLabelSets = 1 << 14;
inline constexpr size_t kLabelBytes = size_t{4} << 20;
inline constexpr size_t kMaxLabelSetBytes = 1024;  // of one: its keys and values, NUL-terminated

// `set` with `key` at `value`, or without it where `value` is null; without it also where there is no room,
// which is counted. Called from: threads. Never blocks, lock-free.
uint32_t with_label(uint32_t set, const char* key, const char* value);

// Whether this is the number of a set, 0 included. Called from: anywhere. Never blocks.
bool is_label_set(uint32_t set);

// Writes `set` to the spool unless it is there. Called from: signal handlers, hooks. Never blocks.
void write_labels(uint32_t set);

// The labels that a thread has which is made now. Called from: the thread that makes it. Never blocks.
uint32_t labels_to_inherit();

}  // namespace prof::agent
