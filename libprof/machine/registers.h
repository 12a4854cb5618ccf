// The registers that a stack walk goes by.
#pragma once

#include <ucontext.h>

#include <cstdint>

namespace prof::machine {

// DWARF number of a register to its place in ucontext's array.
inline constexpr uint8_t kContextIndex[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                            REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                            REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};

struct Registers {
  uint64_t pc;
  uint64_t sp;
  uint64_t bp;
  uint64_t bx;
  const uint64_t* general;  // all of them in ucontext's order, as last interrupted; null where not known
};

}  // namespace prof::machine
