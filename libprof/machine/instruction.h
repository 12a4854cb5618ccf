// One x86-64 instruction as far as a stack walk needs it: how long it is, what it does to the stack pointer,
// which registers it takes back from the stack, and where it goes on. Intel SDM volume 2, chapter 2 (formats)
// and appendix A (opcode maps). Freestanding and total.
#pragma once

#include <cstddef>
#include <cstdint>

namespace prof::machine {

// Registers as instructions number them, which is not as DWARF does.
inline constexpr uint8_t kRbx = 3;
inline constexpr uint8_t kRsp = 4;
inline constexpr uint8_t kRbp = 5;
inline constexpr uint8_t kNoRegister = 0xff;

enum class Effect : uint8_t {
  kNone,     // on none of these: whatever else it computes
  kPush,     // rsp -= 8
  kPop,      // rsp += 8; then target = *(rsp - 8), kNoRegister for memory
  kSet,      // target = base + value
  kLoad,     // target = *(base + value)
  kStore,    // *(base + value) = target
  kAlign,    // rsp &= value
  kLeave,    // rsp = rbp, then a pop of rbp
  kBranch,   // may go on `value` bytes behind its end
  kJump,     // goes on `value` bytes behind its end
  kCall,     // comes back, as a rule
  kReturn,   // takes `value` bytes of arguments along
  kLeap,     // goes on in another function: by a pointer at a fixed place, as to another object
  kUnknown,  // goes on nobody knows where, does something else to rsp, or is no instruction at all
};

struct Instruction {
  uint8_t length = 0;  // 0: none that is known
  Effect effect = Effect::kUnknown;
  uint8_t target = kNoRegister;
  uint8_t base = kNoRegister;
  int32_t value = 0;
};

inline constexpr size_t kMaxLength = 15;
using Bytes = uint8_t[kMaxLength + 1];  // of one instruction and whatever follows it

// Called from: signal handlers, hooks. Never blocks.
Instruction decode(const Bytes& bytes);

// Called from: signal handlers, hooks. Never blocks. Whether eight bytes, as a word, end in a call.
bool ends_in_call(uint64_t bytes);

}  // namespace prof::machine
