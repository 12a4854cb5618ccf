#include "libprof/agent/expression_code.h"

namespace prof::agent::expression {
namespace {

constexpr uint64_t kLastRegister = 16;

}  // namespace

bool decode(DwarfBytes& bytes, Instruction& out) {
  out = {bytes.fixed<uint8_t>(), 0, 0};
  const uint8_t op = out.op;
  if (op >= kLit0 && op <= kLit31) {
    out.operand = op - kLit0;
  } else if (op >= kBreg0 && op <= kBreg16) {
    out.reg_number = op - kBreg0;
    out.operand = static_cast<uint64_t>(bytes.sleb());
  } else {
    switch (op) {
      case kConst1u:
      case kPick:
      case kDerefSize:
        out.operand = bytes.fixed<uint8_t>();
        break;
      case kConst1u + 1:
        out.operand = static_cast<uint64_t>(int64_t{bytes.fixed<int8_t>()});
        break;
      case kConst1u + 2:
        out.operand = bytes.fixed<uint16_t>();
        break;
      case kConst1u + 3:
      case kBra:
      case kSkip:
        out.operand = static_cast<uint64_t>(int64_t{bytes.fixed<int16_t>()});
        break;
      case kConst1u + 4:
        out.operand = bytes.fixed<uint32_t>();
        break;
      case kConst1u + 5:
        out.operand = static_cast<uint64_t>(int64_t{bytes.fixed<int32_t>()});
        break;
      case kConst1u + 6:
      case kConst1u + 7:
        out.operand = bytes.fixed<uint64_t>();
        break;
      case kConst1u + 8:
      case kPlusUconst:
        out.operand = bytes.uleb();
        break;
      case kConsts:
        out.operand = static_cast<uint64_t>(bytes.sleb());
        break;
      case kBregx:
        out.reg_number = bytes.uleb();
        out.operand = static_cast<uint64_t>(bytes.sleb());
        break;
      default:
        if (op != kDeref && op != kNop && (op < kDup || op > kNe || op == kRot + 1)) return false;
    }
  }
  return !bytes.failed() && out.reg_number <= kLastRegister;
}

}  // namespace prof::agent::expression
