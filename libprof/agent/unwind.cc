#include "libprof/agent/unwind.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>

#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

// DWARF number of a register to its place in ucontext's array.
constexpr uint8_t kContextIndex[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                     REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
// Where the kernel puts that array, from the stack pointer of a signal frame: ucontext starts there.
constexpr uint64_t kContextOffset = offsetof(ucontext_t, uc_mcontext.gregs);

// Every load of the unwinder. The known range of a stack is mapped from the current stack pointer up: a stack
// grows down without gaps. Elsewhere (coroutines, threads that were running before the agent) the kernel says
// whether a page is readable: rt_sigprocmask copies its argument in before it looks at `how`, so a bad `how`
// changes nothing and tells EFAULT from EINVAL.
class Memory {
 public:
  Memory(const StackRange& stack, const StackRange& alternate) : stack_(stack), alternate_(alternate) {}

  // The stack that `sp` is on is the one to load from.
  void enter(uint64_t sp) {
    if (alternate_.holds(sp)) {
      range_ = alternate_;
    } else if (stack_.holds(sp)) {
      range_ = {sp, stack_.high};
    } else {
      range_ = {};
    }
  }

  bool load(uint64_t address, uint64_t& value) {
    const bool known = address >= range_.low && address <= range_.high - 8 && range_.high != 0;
    if (!known && !(readable(address) && readable(address + 7))) return false;
    __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
    return true;
  }

 private:
  bool readable(uint64_t address) {
    const uint64_t page = address & ~uint64_t{kPageSize - 1};
    if (page == page_) return true;
    constexpr int kNoSuchHow = -1;
    if (page == 0 || ::syscall(SYS_rt_sigprocmask, kNoSuchHow, page, nullptr, 8) == 0 || errno == EFAULT) {
      return false;
    }
    page_ = page;
    return true;
  }

  StackRange stack_;
  StackRange alternate_;
  StackRange range_;
  uint64_t page_ = 0;
};

enum class Step { kCaller, kOutermost, kLost };

class Unwinder {
 public:
  explicit Unwinder(const UnwindRequest& request)
      : modules_(request.modules),
        memory_(request.stack, request.alternate),
        at_(request.from),
        exact_(request.interrupted) {
    memory_.enter(at_.sp);
  }

  Unwound run(uint64_t* frames, uint32_t capacity) {
    Unwound result = {};
    while (result.count < capacity) {
      if (exact_ && result.count < 64) result.exact |= uint64_t{1} << result.count;
      frames[result.count++] = at_.pc;
      const Step step = to_caller();
      result.whole = step == Step::kOutermost;
      if (step != Step::kCaller) break;
    }
    return result;
  }

 private:
  Step to_caller() {
    // A return address may be the first byte past its function: look up the call.
    const uint64_t pc = exact_ ? at_.pc : at_.pc - 1;
    const LoadedModule* module =
        module_ != nullptr && pc >= module_->start && pc < module_->end ? module_ : modules_->find(pc);
    if (module == nullptr) return by_frame_pointer();
    module_ = module;
    if (module->table == nullptr) return by_frame_pointer();
    const Rule& rule = module->table->find(static_cast<uint32_t>(pc - module->start));
    if (rule.cfa == Cfa::kNone) return by_frame_pointer();
    return apply(rule);
  }

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
    if (at_.general == nullptr) return false;
    value = at_.general[kContextIndex[number]];
    return true;
  }

  bool frame_address(const Rule& rule, uint64_t& cfa) {
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
      case Save::kUndefined:
        value = 0;
        return true;
    }
    return false;
  }

  Step apply(const Rule& rule) {
    if (rule.ra.kind == Save::kUndefined) return Step::kOutermost;
    uint64_t cfa = 0;
    if (!frame_address(rule, cfa)) return Step::kLost;
    Registers caller = {};
    if (!restore(rule.ra, cfa, at_.pc, caller.pc) || !restore(rule.bp, cfa, at_.bp, caller.bp) ||
        !restore(rule.bx, cfa, at_.bx, caller.bx)) {
      return Step::kLost;
    }
    caller.sp = cfa;
    if (rule.is_signal_frame != 0) return interrupted_caller(caller);
    // Stacks grow down: a caller's frame is above, or a wrong rule would loop.
    if (cfa <= at_.sp || caller.pc == 0) return Step::kLost;
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

  // Code that nothing describes (generated at run time, assembly): believe rbp where it points up the stack.
  Step by_frame_pointer() {
    uint64_t bp = 0;
    uint64_t pc = 0;
    if (at_.bp < at_.sp || at_.bp - at_.sp > kMaxGuessedFrame || at_.bp % 8 != 0) return Step::kLost;
    if (!memory_.load(at_.bp, bp) || !memory_.load(at_.bp + 8, pc) || pc < kPageSize) return Step::kLost;
    at_ = {pc, at_.bp + 16, bp, at_.bx, nullptr};
    exact_ = false;
    return Step::kCaller;
  }

  static constexpr int kGeneralCount = REG_RIP + 1;
  static constexpr int kMaxSignals = 8;
  static constexpr uint64_t kMaxGuessedFrame = 1 << 20;

  const ModuleList* modules_;
  const LoadedModule* module_ = nullptr;  // of the last frame: the next is often there too
  Memory memory_;
  Registers at_;
  bool exact_;
  int signals_ = 0;
  uint64_t general_[kGeneralCount];
};

}  // namespace

const LoadedModule* ModuleList::find(uint64_t pc) const {
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (pc >= modules()[middle].end) {
      low = middle + 1;
    } else if (pc < modules()[middle].start) {
      high = middle;
    } else {
      return &modules()[middle];
    }
  }
  return nullptr;
}

Unwound unwind(const UnwindRequest& request, uint64_t* frames, uint32_t capacity) {
  return Unwinder(request).run(frames, capacity);
}

}  // namespace prof::agent
