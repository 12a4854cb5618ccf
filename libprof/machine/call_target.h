// Whom a call calls, and where that may lead: what tells a return address from one that a call of long ago
// has left on the stack. Called from: signal handlers, hooks. Never blocks. Freestanding.
#pragma once

#include "libprof/machine/code_window.h"

namespace prof::machine {

template <typename Memory>
bool is_behind_call(Memory& memory, uint64_t pc) {
  uint64_t code = 0;
  return memory.load(pc - sizeof code, code) && ends_in_call(code);
}

// Whether the eight bytes in front of `pc`, as a word, can only end in a call of `target`.
inline bool is_direct_call(uint64_t bytes, uint64_t pc, uint64_t& target) {
  constexpr uint64_t kOpcode = uint64_t{0xff} << 24;
  const auto distance = static_cast<int32_t>(bytes >> 32);
  target = pc + static_cast<uint64_t>(int64_t{distance});
  return (bytes & kOpcode) == uint64_t{0xe8} << 24 && !ends_in_call(bytes & ~kOpcode);
}

// False where the function at `target` surely does not lead to `pc` but by calls: it ends in front of there,
// or begins behind, and leaves only by returns. From its first byte to the end behind which none of its jumps
// leads; bounded.
template <typename Memory>
bool may_lead_to(CodeWindow<Memory>& code, uint64_t target, uint64_t pc) {
  constexpr int kMostInstructions = 512;
  uint64_t farthest = target;
  uint64_t at = target;
  for (int i = 0; i < kMostInstructions; ++i) {
    if (at == pc || !code.fetch(at)) return true;
    const Bytes& bytes = code.bytes_at(at);
    const Instruction instruction = decode(bytes);
    const bool is_trap = bytes[0] == 0xcc || bytes[0] == 0xf4 || (bytes[0] == 0x0f && bytes[1] == 0x0b);
    at += instruction.length;
    switch (instruction.effect) {
      case Effect::kLeap:
        return true;
      case Effect::kUnknown:
        if (!is_trap) return true;
        break;
      case Effect::kReturn:
        break;
      case Effect::kBranch:
      case Effect::kJump: {
        const uint64_t next = at + static_cast<uint64_t>(int64_t{instruction.value});
        if (next < target) return true;
        if (next > farthest) farthest = next;
        if (instruction.effect == Effect::kBranch) continue;
        break;
      }
      default:
        continue;
    }
    if (at > farthest) return pc >= target && pc < at;
  }
  return true;
}

}  // namespace prof::machine
