// The registers of a frame while its code is followed to its return, from instruction to instruction: what an
// unwinder needs of its caller's. Known are the stack pointer, rbp while it is a frame pointer, where on the
// stack the caller's rbp and rbx are, and the first copy that is made of the stack pointer. What lies below
// the stack pointer of the start was pushed on the way: registers that come from there are as they were.
//
// Called from: signal handlers, hooks. Never blocks. Freestanding.
#pragma once

#include <ucontext.h>

#include "libprof/machine/instruction.h"
#include "libprof/machine/registers.h"

namespace prof::machine {

class FollowedFrame {
 public:
  FollowedFrame() = default;
  explicit FollowedFrame(const Registers& from) : pc(from.pc), sp_(from.sp), bp_(from.bp) {}

  // What a register is a constant away from: rsp, rbp or rbx at the start, something else, or not known at
  // all.
  enum class Base : uint8_t { kStack, kFrame, kBx, kElsewhere, kUnknown };

  // What `instruction` does; jumps go nowhere here. False where the stack pointer is lost.
  // Memory: bool load(uint64_t address, uint64_t& value).
  template <typename Memory>
  bool apply(const Instruction& instruction, const Registers& from, Memory& memory) {
    const auto offset = static_cast<uint64_t>(int64_t{instruction.value});
    switch (instruction.effect) {
      case Effect::kPush:
        sp_ -= 8;
        return true;
      case Effect::kPop:
        if (instruction.target == kRsp) return load_sp(sp_, from, memory);
        take_back(instruction.target, sp_, from);
        sp_ += 8;
        return true;
      case Effect::kLeave:
        if (bp_base_ == Base::kUnknown) return false;
        depends_on_bp_ = true;
        sp_base_ = bp_base_;
        sp_ = bp_ + 8;
        take_back(kRbp, bp_, from);
        return true;
      case Effect::kSet:
        return set(instruction, offset, from);
      case Effect::kLoad: {
        const Value base = value_of(instruction.base, from);
        if (instruction.target == kRsp) {
          depends_on_bp_ |= instruction.base == kRbp;
          return base.is_known() && load_sp(base.value + offset, from, memory);
        }
        if (base.is_known()) take_back(instruction.target, base.value + offset, from);
        return true;
      }
      case Effect::kStore:
        store(instruction, offset, from);
        return true;
      case Effect::kAlign:
        sp_ &= offset;
        sp_base_ = Base::kElsewhere;
        return true;
      case Effect::kReturn:
        arguments_ = static_cast<uint16_t>(offset);
        return true;
      case Effect::kUnknown:
        return false;
      default:
        return true;
    }
  }

  // Where it returns. False where that is not to behind a call.
  template <typename Memory>
  bool caller(const Registers& from, Memory& memory, Registers& result) const {
    uint64_t return_address = 0, code = 0;
    if (sp_ < from.sp || !memory.load(sp_, return_address) || return_address < sizeof code) return false;
    if (!memory.load(return_address - sizeof code, code) || !ends_in_call(code)) return false;
    result = {return_address, sp_ + 8 + arguments_, from.bp, from.bx, from.general};
    if (bp_slot_ != 0) memory.load(bp_slot_, result.bp);
    if (bx_slot_ != 0) memory.load(bx_slot_, result.bx);
    return true;
  }

  // The way to that caller from rsp, rbp or rbx at the start, where that is all it depends on. Distances in
  // bytes: of the CFA, the stack pointer behind the return address, above that register; of where rbp and rbx
  // are, below the CFA, 0 where they are in the registers.
  struct Way {
    Base base;
    int64_t cfa, bp_slot, bx_slot;
  };
  bool way(const Registers& from, Way& result) const {
    const uint64_t cfa = sp_ + 8;
    if (sp_base_ == Base::kElsewhere || arguments_ != 0 || bp_slot_ >= cfa || bx_slot_ >= cfa) return false;
    const auto below = [=](uint64_t slot) { return slot == 0 ? 0 : static_cast<int64_t>(cfa - slot); };
    const uint64_t base = sp_base_ == Base::kStack ? from.sp : (sp_base_ == Base::kFrame ? from.bp : from.bx);
    result.base = sp_base_;
    result.cfa = static_cast<int64_t>(cfa - base);
    result.bp_slot = below(bp_slot_);
    result.bx_slot = below(bx_slot_);
    return true;
  }

  // That the way goes elsewhere than straight on, at `pc`; and that `pc` is behind an instruction at `at`.
  void leaves_straight() {
    if (straight_end_ == 0) straight_end_ = pc;
  }
  void passes(uint64_t at, const Registers& from) {
    const bool is_as_begun = sp_ == from.sp && sp_base_ == Base::kStack && bp_slot_ == 0 && bx_slot_ == 0 &&
                             bp_saved_at_ == 0 && bx_saved_at_ == 0 && copied_to_ == kNoRegister;
    if (!is_as_begun) ends_idle(at);
  }
  void ends_idle(uint64_t at) {
    if (idle_end_ != 0) return;
    idle_end_ = at;
    if (straight_end_ == 0) straight_end_ = at;
  }

  // The first part of the way, which does nothing to the stack: from each instruction between the start and
  // `straight_end` it leads to `idle_end`. False where what comes then depends on rbp, which it may change.
  struct IdlePart {
    uint64_t straight_end, idle_end;
  };
  bool idle_part(IdlePart& result) const {
    result = {straight_end_, idle_end_};
    return !depends_on_bp_;
  }

  uint64_t pc = 0;

 private:
  static constexpr uint64_t kMostRealigned = 4096;  // between a stack pointer and its copy

  struct Value {
    uint64_t value;
    Base base;
    bool is_known() const { return base != Base::kUnknown; }
  };

  // A register that keeps the stack pointer does nothing else meanwhile; what any other leads to is
  // overwritten before the return.
  Value value_of(uint8_t number, const Registers& from) const {
    if (number == kRsp) return {sp_, sp_base_};
    if (number == kRbp) return {bp_, bp_base_};
    if (number == copied_to_) return {copied_sp_, Base::kElsewhere};
    if (number == kRbx) return {from.bx, is_bx_written_ ? Base::kElsewhere : Base::kBx};
    if (from.general == nullptr) return {0, Base::kUnknown};
    return {from.general[kContextIndexByMachine[number & 15]], Base::kElsewhere};
  }

  void take_back(uint8_t target, uint64_t slot, const Registers& from) {
    if (slot < from.sp || slot == (target == kRbp ? bp_saved_at_ : bx_saved_at_)) slot = 0;
    if (target == kRbx) {
      bx_slot_ = slot;
      is_bx_written_ = true;
    }
    if (target != kRbp) return;
    bp_slot_ = slot;
    bp_base_ = Base::kUnknown;
  }

  bool set(const Instruction& instruction, uint64_t offset, const Registers& from) {
    const Value base = value_of(instruction.base, from);
    if (instruction.target == kRsp) {
      depends_on_bp_ |= instruction.base == kRbp;
      sp_ = base.value + offset;
      sp_base_ = base.base;
      return base.is_known();
    }
    if (instruction.target == kRbp) {
      bp_ = base.value + offset;
      bp_base_ = base.base;
    }
    is_bx_written_ |= instruction.target == kRbx;
    if (instruction.base == kRsp && offset == 0) {
      if (is_copy_doubtful_) copied_to_ = kNoRegister;
      is_copy_doubtful_ = false;
      copy(instruction.target, base.value);
    }
    return true;
  }

  void copy(uint8_t to, uint64_t sp) {
    if (copied_to_ != kNoRegister) return;
    copied_to_ = to;
    copied_sp_ = sp;
  }

  void store(const Instruction& instruction, uint64_t offset, const Registers& from) {
    const Value stored = value_of(instruction.target, from), base = value_of(instruction.base, from);
    if (!stored.is_known() || !base.is_known()) return;
    // The caller's, which are saved so, may be near the stack pointer, too.
    const bool is_callers = instruction.target == kRbp || instruction.target == kRbx;
    if (instruction.target == kRbp && bp_saved_at_ == 0) bp_saved_at_ = base.value + offset;
    if (instruction.target == kRbx && bx_saved_at_ == 0) bx_saved_at_ = base.value + offset;
    if (stored.value - from.sp >= kMostRealigned) return;
    if (copied_to_ == kNoRegister) is_copy_doubtful_ = is_callers;
    copy(instruction.target, stored.value);
    if (copied_sp_ == stored.value) copy_slot_ = base.value + offset;
  }

  template <typename Memory>
  bool load_sp(uint64_t slot, const Registers& from, Memory& memory) {
    sp_base_ = Base::kElsewhere;
    if (slot >= from.sp && slot != copy_slot_) return memory.load(slot, sp_);
    sp_ = copied_sp_;
    return copied_to_ != kNoRegister;
  }

  // The place of a register in ucontext's array.
  static constexpr uint8_t kContextIndexByMachine[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                                       REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                                       REG_R12, REG_R13, REG_R14, REG_R15};

  uint64_t sp_ = 0;
  uint64_t bp_ = 0;
  uint64_t bp_slot_ = 0;  // where the caller's is; 0: in the register, as at the start
  uint64_t bx_slot_ = 0;
  uint64_t bp_saved_at_ = 0;  // on the way, by a store; 0: nowhere
  uint64_t bx_saved_at_ = 0;
  uint64_t copied_sp_ = 0;
  uint64_t copy_slot_ = 0;
  uint64_t straight_end_ = 0;
  uint64_t idle_end_ = 0;
  bool depends_on_bp_ = false;
  bool is_bx_written_ = false;
  uint8_t copied_to_ = kNoRegister;
  bool is_copy_doubtful_ = false;
  Base sp_base_ = Base::kStack;
  Base bp_base_ = Base::kFrame;
  uint16_t arguments_ = 0;  // bytes that the return takes along
};

}  // namespace prof::machine
