// The instructions of DWARF expressions that occur in frames: DWARF 5, sections 2.5 and 7.7.1. Freestanding
// and total.
#pragma once

#include <cstdint>

#include "libprof/agent/dwarf_bytes.h"

namespace prof::agent::expression {

enum Op : uint8_t {
  kDeref = 0x06,
  kConst1u = 0x08,
  kConsts = 0x11,
  kDup = 0x12,
  kDrop = 0x13,
  kOver = 0x14,
  kPick = 0x15,
  kSwap = 0x16,
  kRot = 0x17,
  kAbs = 0x19,
  kAnd = 0x1a,
  kDiv = 0x1b,
  kMinus = 0x1c,
  kMod = 0x1d,
  kMul = 0x1e,
  kNeg = 0x1f,
  kNot = 0x20,
  kOr = 0x21,
  kPlus = 0x22,
  kPlusUconst = 0x23,
  kShl = 0x24,
  kShr = 0x25,
  kShra = 0x26,
  kXor = 0x27,
  kBra = 0x28,
  kEq = 0x29,
  kGe = 0x2a,
  kGt = 0x2b,
  kLe = 0x2c,
  kLt = 0x2d,
  kNe = 0x2e,
  kSkip = 0x2f,
  kLit0 = 0x30,
  kLit31 = 0x4f,
  kBreg0 = 0x70,
  kBreg16 = 0x80,
  kBregx = 0x92,
  kDerefSize = 0x94,
  kNop = 0x96,
};

struct Instruction {
  uint8_t op;
  uint64_t operand;     // sign-extended where it is signed
  uint64_t reg_number;  // of breg and bregx
};

// Called from: signal handlers, hooks. Never blocks. Takes the next instruction from `bytes`; false where it
// is none of these.
bool decode(DwarfBytes& bytes, Instruction& out);

}  // namespace prof::agent::expression
