// What a Rule gives of a frame: its address, and its caller's registers, one by one. Called from: signal
// handlers, hooks. Never blocks. Freestanding.
#pragma once

#include "libprof/agent/cfi.h"
#include "libprof/agent/cfi_expression.h"
#include "libprof/machine/registers.h"

namespace prof::agent {

using machine::kContextIndex;
using machine::Registers;

// Memory: bool load(uint64_t address, uint64_t& value). False where a register is not known, or memory is not
// to be loaded.
template <typename Memory>
class FrameRule {
 public:
  // `is_exact`: the frame was interrupted, and all its registers are as they are.
  FrameRule(const UnwindTable& table, const Registers& at, bool is_exact, Memory& memory)
      : table_(table), at_(at), exact_(is_exact), memory_(memory) {}

  bool address(const Rule& rule, uint64_t& cfa) {
    if (rule.cfa == Cfa::kExpression) return expression(rule.cfa_offset, nullptr, cfa);
    if (!base_register(rule.cfa_register, cfa)) return false;
    cfa += static_cast<uint64_t>(int64_t{rule.cfa_offset});
    switch (rule.cfa) {
      case Cfa::kRegister:
        return true;
      case Cfa::kPlt:
        cfa += (at_.pc & 15) >= rule.plt_threshold ? 8 : 0;
        return true;
      case Cfa::kDeref:
        if (!memory_.load(cfa, cfa)) return false;
        cfa += static_cast<uint64_t>(int64_t{rule.cfa_addend});
        return true;
      default:
        return false;
    }
  }

  bool restore(const Saved& saved, uint64_t cfa, uint64_t same, uint64_t& value) {
    const auto offset = static_cast<uint64_t>(int64_t{saved.offset});
    switch (saved.kind) {
      case Save::kSame:
        value = same;
        return true;
      case Save::kAtCfa:
        return memory_.load(cfa + offset, value);
      case Save::kCfaPlus:
        value = cfa + offset;
        return true;
      case Save::kInRegister:
        return base_register(saved.base, value);
      case Save::kAtRegister: {
        uint64_t base = 0;
        return base_register(saved.base, base) && memory_.load(base + offset, value);
      }
      case Save::kAtExpression: {
        uint64_t address = 0;
        return expression(saved.offset, &cfa, address) && memory_.load(address, value);
      }
      case Save::kIsExpression:
        return expression(saved.offset, &cfa, value);
      case Save::kUndefined:
        value = 0;
        return true;
    }
    return false;
  }

 private:
  bool base_register(uint8_t number, uint64_t& value) const {
    switch (number) {
      case kRsp:
        value = at_.sp;
        return true;
      case kRbp:
        value = at_.bp;
        return true;
      case kRbx:
        value = at_.bx;
        return true;
      case kRip:
        value = at_.pc;
        return true;
      default:
        break;
    }
    // Of a caller the others are as they are here where no callee changed them. One that finds its frame by a
    // register which any callee may change calls code that does not (assembly of one hand, as libcrypto's
    // AES-GCM); r12 to r15 may have been saved by callees.
    if (at_.general == nullptr || (!exact_ && number >= kR12)) return false;
    value = at_.general[kContextIndex[number]];
    return true;
  }

  bool expression(int32_t place, const uint64_t* cfa, uint64_t& value) {
    const ExpressionFrame frame = {[](void* self, uint64_t address, uint64_t& out) {
                                     return static_cast<FrameRule*>(self)->memory_.load(address, out);
                                   },
                                   [](void* self, uint64_t number, uint64_t& out) {
                                     return static_cast<FrameRule*>(self)->base_register(
                                         static_cast<uint8_t>(number), out);
                                   },
                                   this};
    return evaluate(ExpressionPool::at(table_.expressions, place), cfa, frame, value);
  }

  const UnwindTable& table_;
  const Registers& at_;
  const bool exact_;
  Memory& memory_;
};

}  // namespace prof::agent
