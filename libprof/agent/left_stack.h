// Where code that changed to another stack came from, which kept the frame pointer: Go's does, before it
// calls C or its own run time. Called from: signal handlers, hooks. Never blocks. Freestanding.
#pragma once

#include "libprof/agent/unwind.h"
#include "libprof/machine/call_target.h"

namespace prof::agent {

// Farther is another stack.
inline constexpr uint64_t kFarthestOnStack = 1 << 20;

inline bool is_far(const Registers& at, uint64_t address) {
  return address - at.sp + kFarthestOnStack > 2 * kFarthestOnStack;
}

// Go does not describe where it saves rbp, so that it is still that of the first frame: it leads along this
// stack to what the outermost frame on it saved, which is next to where the stack was changed. Else itself.
template <typename Memory>
uint64_t saved_by_callee(const Registers& at, Memory& memory) {
  constexpr int kMostFrames = 64;
  constexpr uint64_t kNext = 64;
  uint64_t frame = at.bp, saved = 0;
  for (int i = 0; i < kMostFrames && frame % 8 == 0 && frame < at.sp && memory.load(frame, saved); ++i) {
    if (saved == 0 || is_far(at, saved)) return at.sp - frame <= kNext ? saved : at.bp;
    if (saved <= frame) break;
    frame = saved;
  }
  return at.bp;
}

// The caller of the code at `left`, a return address in `module`. Believed where it is on another stack,
// behind a call of the same object; where callees saved the frame pointer, one of this very code, or 0, the
// end.
template <typename Memory>
[[gnu::noinline]] Step find_left_stack(const Registers& at, uint64_t left, const LoadedModule& module,
                                       Memory& memory, Registers& caller) {
  const uint64_t frame = is_far(at, at.bp) ? at.bp : saved_by_callee(at, memory);
  if (frame == 0 && at.bp != 0) return Step::kOutermost;
  uint64_t bp = 0, pc = 0, code = 0, target = 0;
  if (!is_far(at, frame) || frame % 8 != 0 || !memory.load(frame, bp) || !memory.load(frame + 8, pc))
    return Step::kLost;
  if (pc <= module.start || pc > module.end || !machine::is_behind_call(memory, pc)) return Step::kLost;
  constexpr uint64_t kLargestFunction = 512;
  const bool is_direct = memory.load(pc - sizeof code, code) && machine::is_direct_call(code, pc, target);
  if (frame != at.bp && !(is_direct && left - target < kLargestFunction)) return Step::kLost;
  caller = {pc, frame + 16, bp, at.bx, at.general};
  return Step::kCaller;
}

}  // namespace prof::agent
