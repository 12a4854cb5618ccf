// The walk from frame to frame, over any memory: the agent's own in unwind.cc, another process's in the tests
// that step through programs. Freestanding.
#pragma once

#include <ucontext.h>

#include <cstddef>

#include "libprof/agent/follow_code.h"
#include "libprof/agent/frame_rule.h"
#include "libprof/agent/left_stack.h"
#include "libprof/agent/pages.h"
#include "libprof/agent/unwind.h"

namespace prof::agent {

// Where the kernel puts that array, from the stack pointer of a signal frame: ucontext starts there.
inline constexpr uint64_t kContextOffset = offsetof(ucontext_t, uc_mcontext.gregs);

// Memory: void enter(uint64_t sp), told whenever the walk begins on a stack; bool load(uint64_t address,
// uint64_t& value); bool is_fault_free(), whether that may be asked for any address.
template <typename Memory>
class Unwinder {
 public:
  Unwinder(const UnwindRequest& request, Memory& memory)
      : modules_(request.modules), memory_(memory), at_(request.from), exact_(request.interrupted) {
    memory_.enter(at_.sp);
  }

  Unwound run(uint64_t* frames, uint32_t capacity) {
    Unwound result = {};
    while (result.count < capacity) {
      if (exact_ && result.count < 64) result.exact |= uint64_t{1} << result.count;
      frames[result.count++] = at_.pc;
      const Step step = to_caller();
      result.whole = step == Step::kOutermost;
      // A rule that does not know of such a change has led from the frame before to what is no code.
      if (step == Step::kLost && result.count > 1 && !exact_ && modules_->find(at_.pc - 1) == nullptr) {
        const bool is_code = !memory_.is_fault_free() || machine::is_behind_call(memory_, at_.pc);
        const Step left = leave_stack(frames[result.count - 2]);
        if (left != Step::kLost || !is_code) --result.count;
        if (left == Step::kCaller) continue;
        result.whole = left == Step::kOutermost;
      }
      if (step != Step::kCaller) break;
    }
    // In front of what a signal interrupted is the kernel's return to it, which was called from nowhere: it
    // is the first instruction of its function.
    result.exact |= result.exact >> 1;
    return result;
  }

 private:
  [[gnu::always_inline]] Step to_caller() {
    // A return address may be the first byte past its function: look up the call.
    const uint64_t pc = exact_ ? at_.pc : at_.pc - 1;
    const LoadedModule* module =
        module_ != nullptr && pc >= module_->start && pc < module_->end ? module_ : modules_->find(pc);
    if (module == nullptr) return generated();
    module_ = module;
    const auto offset = static_cast<uint32_t>(pc - module->start);
    if (module->table == nullptr) return undescribed(offset, 0);
    const uint32_t brief = module->table->find_brief(offset);
    if (brief > BriefRule::kNoCaller) return apply_brief(brief);
    const Rule& rule = module->table->find(offset);
    if (rule.cfa != Cfa::kNone) return apply(rule);
    // A return address at a function's first byte, with no code before it, was put there by no call: a
    // coroutine (makecontext) starts so.
    const bool is_start = !exact_ && module->table->find(offset + 1).cfa != Cfa::kNone;
    return is_start ? Step::kOutermost : undescribed(offset, brief);
  }

  [[gnu::always_inline]] Step apply_brief(uint32_t brief) {
    uint64_t cfa = ((brief & BriefRule::kOnBp) != 0 ? at_.bp : at_.sp) + BriefRule::cfa(brief);
    if (__builtin_expect((brief & BriefRule::kOnBx) != 0, 0)) cfa = at_.bx + BriefRule::cfa(brief);
    if (cfa <= at_.sp && !changes_stack(BriefRule::base(brief), cfa)) return Step::kLost;
    uint64_t pc = 0, bp = at_.bp, bx = at_.bx;
    if (!memory_.load(cfa - 8, pc)) return Step::kLost;
    if (pc == 0) return without_caller();
    // Where a saved register cannot be loaded, the stack may well go on without it.
    if (const uint64_t slot = BriefRule::bp_slot(brief); slot != 0) memory_.load(cfa - slot, bp);
    if (const uint64_t slot = BriefRule::bx_slot(brief); slot != 0) memory_.load(cfa - slot, bx);
    // One by one: as a whole it would be copied from what was stored in smaller pieces just now, and wait.
    at_.pc = pc;
    at_.sp = cfa;
    at_.bp = bp;
    at_.bx = bx;
    exact_ = false;
    return Step::kCaller;
  }

  // Stacks grow down: a caller's frame is above, or a wrong rule would loop. But a function that keeps its
  // frame in another register may call on a stack of its own (split stacks, runtimes that leave a small one),
  // and code that is told to take its stack pointer from elsewhere (longjmp) is on any. Bounded, as nothing
  // else ends it.
  [[gnu::noinline]] bool changes_stack(uint8_t base, uint64_t cfa) {
    if (base == kRsp || ++changes_ > kMaxChanges) return false;
    memory_.enter(cfa);
    return true;
  }

  [[gnu::noinline]] Step apply(const Rule& rule) {
    if (rule.ra.kind == Save::kUndefined) return Step::kOutermost;
    FrameRule<Memory> frame(*module_->table, at_, exact_, memory_);
    uint64_t cfa = 0;
    if (!frame.address(rule, cfa)) return Step::kLost;
    Registers caller = {0, cfa, at_.bp, at_.bx, at_.general};
    if (!frame.restore(rule.ra, cfa, at_.pc, caller.pc)) return Step::kLost;
    // gcc's epilogues of realigned frames keep a rule for rbp after it was popped: what cannot be loaded is
    // left.
    frame.restore(rule.bp, cfa, at_.bp, caller.bp);
    frame.restore(rule.bx, cfa, at_.bx, caller.bx);
    if (!frame.restore(rule.sp, cfa, cfa, caller.sp)) return Step::kLost;
    if (rule.is_signal_frame != 0) return interrupted_caller(caller);
    // Only an interrupted instruction may have popped its return address already.
    const bool is_above = caller.sp > at_.sp || (caller.sp == at_.sp && exact_);
    const uint8_t base = rule.sp.kind != Save::kSame ? kRip : rule.cfa_register;
    if (caller.pc == 0 || (!is_above && !changes_stack(base, caller.sp))) return Step::kLost;
    at_ = caller;
    exact_ = false;
    return Step::kCaller;
  }

  // What a signal interrupted has all its registers, saved by the kernel above the handler's frame, and may
  // be on another stack.
  Step interrupted_caller(Registers caller) {
    for (int i = 0; i < kGeneralCount; ++i) {
      if (!memory_.load(at_.sp + kContextOffset + static_cast<uint64_t>(i) * 8, general_[i]))
        return Step::kLost;
    }
    if (caller.pc == 0 || ++signals_ > kMaxSignals) return Step::kLost;
    caller.general = general_;
    at_ = caller;
    exact_ = true;
    memory_.enter(at_.sp);
    return Step::kCaller;
  }

  // Assembly, mostly. A process starts with rbp 0 (ABI, 3.4.1): the loader's own entry, which neither returns
  // nor has a description, leaves it so.
  [[gnu::noinline]] Step undescribed(uint32_t offset, uint32_t brief) {
    if (brief != BriefRule::kNoCaller && follow(module_, offset)) return Step::kCaller;
    if (at_.bp == 0) return Step::kOutermost;
    const Step step = by_frame_pointer();
    return step == Step::kLost ? leave_stack(at_.pc) : step;
  }

  // By compilers that keep frame pointers, mostly.
  [[gnu::noinline]] Step generated() {
    if (by_frame_pointer() == Step::kCaller || follow(nullptr, 0)) return Step::kCaller;
    return Step::kLost;
  }

  bool follow(const LoadedModule* module, uint32_t offset) {
    if (!memory_.is_fault_free()) return false;
    if (module == nullptr || module->table == nullptr) return follow_from(at_, module, offset);
    if (skip(module, offset) || follow_from(at_, module, offset)) return true;
    module->table->remember(offset, BriefRule::kNoCaller);
    return false;
  }

  // What is long takes too long for every sample: the part that others have gone through is left out.
  [[gnu::noinline]] bool skip(const LoadedModule* module, uint32_t offset) {
    const auto here = static_cast<uint32_t>(at_.pc - module->start);
    const uint32_t there = module->table->skip_idle(here);
    if (there == here) return false;
    const uint32_t brief = module->table->find_brief(there);
    if (brief > BriefRule::kNoCaller && apply_brief(brief) == Step::kCaller) {
      module->table->remember(offset, brief);
      return true;
    }
    Registers ahead = at_;
    ahead.pc = module->start + there;
    return follow_from(ahead, module, offset);
  }

  [[gnu::noinline]] bool follow_from(const Registers& from, const LoadedModule* module, uint32_t offset) {
    Registers caller;
    if (!follow_code(from, module, offset, memory_, caller)) return false;
    at_ = caller;
    exact_ = false;
    return true;
  }

  [[gnu::noinline]] Step leave_stack(uint64_t left) {
    const LoadedModule* const module = modules_->find(left - 1);
    if (!memory_.is_fault_free() || module == nullptr) return Step::kLost;
    Registers caller;
    const Step step = find_left_stack(at_, left, *module, memory_, caller);
    if (step != Step::kCaller) return step;
    if (!changes_stack(kRbp, caller.sp - 16)) return Step::kLost;
    at_ = caller;
    exact_ = false;
    return step;
  }

  // A return address of 0. A stack that is made by hand begins so (Go's), with a function that none called.
  [[gnu::noinline]] Step without_caller() {
    if (exact_ || !memory_.is_fault_free()) return Step::kLost;
    if (!machine::is_behind_call(memory_, at_.pc)) return Step::kOutermost;
    return leave_stack(at_.pc);
  }

  // Believe rbp where it points up the stack, to a return address. That of the outermost frame may have been
  // put there by hand (Go's goexit).
  Step by_frame_pointer() {
    uint64_t bp = 0;
    uint64_t pc = 0;
    if (at_.bp < at_.sp || at_.bp - at_.sp > kFarthestOnStack || at_.bp % 8 != 0) return Step::kLost;
    if (!memory_.load(at_.bp, bp) || !memory_.load(at_.bp + 8, pc) || pc < kPageSize) return Step::kLost;
    const bool is_by_hand = bp == 0 && modules_->find(pc) != nullptr;
    if (!is_by_hand && memory_.is_fault_free() && !machine::is_behind_call(memory_, pc)) return Step::kLost;
    at_ = {pc, at_.bp + 16, bp, at_.bx, at_.general};
    exact_ = false;
    return Step::kCaller;
  }

  static constexpr int kGeneralCount = REG_RIP + 1;
  static constexpr int kMaxSignals = 8;
  static constexpr int kMaxChanges = 8;

  const ModuleList* modules_;
  const LoadedModule* module_ = nullptr;  // of the last frame: the next is often there too
  Memory& memory_;
  Registers at_;
  bool exact_;
  int signals_ = 0;
  int changes_ = 0;
  uint64_t general_[kGeneralCount];
};

}  // namespace prof::agent
