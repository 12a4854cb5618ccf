// The opcodes of x86-64: what follows each in the instruction, and what each does to the registers and the
// way that a stack walk follows. Intel SDM volume 2, appendix A.
#pragma once

#include <cstdint>

namespace prof::machine {

// What follows an opcode.
enum Follows : uint8_t {
  kNo = 0,         // nothing
  kModrm = 1,      // registers or memory
  kByte = 2,       // an immediate of 1 byte
  kWord = 4,       // of 2
  kFull = 8,       // of 4; of 2 with an operand size prefix
  kNear = 16,      // of 4
  kQuad = 32,      // of 8 with REX.W, else as kFull
  kAddress = 64,   // of 8; of 4 with an address size prefix
  kInvalid = 128,  // none in 64-bit code
};

// What it does, as far as an Effect says it. Of a byte operand nothing: it is no stack pointer.
enum class Does : uint8_t {
  kNothing,
  kWritesRm,   // its register of the second operand, where that is one
  kWritesReg,  // of the first
  kWritesLow,  // of its three low bits
  kExchanges,  // the first two
  kMoves,      // reg to rm
  kLoads,      // rm to reg
  kAddress,    // the address of rm to reg
  kAdds,       // by its operation: add, or, ... of an immediate
  kPushes,
  kPopsLow,
  kPopsRm,
  kPops,
  kBranches,
  kJumps,
  kCalls,
  kReturns,
  kLeaves,
  kGroupF6,  // by its operation: test, which has an immediate of a byte; nothing
  kGroupF7,  // the same, and arithmetic
  kGroupFf,  // increments, calls, jumps, pushes
  kStops,    // traps, far returns, enter: is not followed
};

struct Opcode {
  uint8_t follows = kNo;
  Does does = Does::kNothing;
};

struct OpcodeMaps {
  Opcode one_byte[256];
  Opcode two_bytes[256];  // behind 0f
};
extern const OpcodeMaps kOpcodes;

}  // namespace prof::machine
