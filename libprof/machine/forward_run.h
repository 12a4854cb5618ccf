// The caller of code that nothing describes: hand-written assembly, code generated at run time. It is
// followed from where it stands to its return, without what it computes: what it adds to the stack pointer
// and takes back from the stack on the way leads to its caller, for code that returns is balanced. At a
// condition it goes straight on, and the other way where that does not end in front of a return address,
// which is only behind a call: of this function, as far as the call says.
//
// Called from: signal handlers, hooks. Never blocks: at most as many instructions as it is told, and all
// loads are the walk's. Freestanding.
#pragma once

#include "libprof/machine/call_target.h"
#include "libprof/machine/code_window.h"
#include "libprof/machine/followed_frame.h"

namespace prof::machine {

// The longest functions of assembly that were seen, OpenBLAS' products of matrices, have 5,500.
inline constexpr int kMostInstructions = 8192;

// Memory: bool load(uint64_t address, uint64_t& value). Others: bool operator()(uint64_t pc), whether that is
// another function than the one that is followed, as far as is known.
template <typename Memory, typename Others>
class ForwardRun {
 public:
  ForwardRun(Memory& memory, const Others& is_other, const Registers& from, int most_instructions)
      : memory_(memory),
        is_other_(is_other),
        from_(from),
        most_instructions_(most_instructions),
        frame_(from) {}

  // False where no caller was found.
  bool run(Registers& caller) {
    stretches_[stretch_count_++] = {frame_.pc, frame_.pc};
    for (int i = 0; i < most_instructions_; ++i) {
      const Next next = step();
      if (next == Next::kOn) continue;
      if (next == Next::kReturned && frame_.caller(from_, memory_, caller) && is_called_here(caller.pc))
        return true;
      const uint64_t left = frame_.pc;
      do {
        if (pending_.count == 0) return false;
        frame_ = pending_.take();
      } while (!land(left, frame_.pc));
    }
    return false;
  }

  // How run() got there: FollowedFrame::way().
  bool way(FollowedFrame::Way& result) const { return frame_.way(from_, result); }
  bool idle_part(FollowedFrame::IdlePart& result) const { return frame_.idle_part(result); }

 private:
  static constexpr unsigned kMaxPending = 8;
  static constexpr int kMaxStretches = 24;

  enum class Next { kOn, kReturned, kLost };

  // Of code, gone through.
  struct Stretch {
    uint64_t begin, end;
  };

  // The ways not taken, of which the oldest are forgotten.
  struct Pending {
    FollowedFrame frames[kMaxPending];
    unsigned end = 0;
    unsigned count = 0;

    void put(const FollowedFrame& frame, uint64_t pc) {
      frames[end % kMaxPending] = frame;
      frames[end % kMaxPending].leaves_straight();
      frames[end++ % kMaxPending].pc = pc;
      count = count < kMaxPending ? count + 1 : kMaxPending;
    }
    const FollowedFrame& take() {
      count--;
      return frames[--end % kMaxPending];
    }
  };

  Next step() {
    const uint64_t at = frame_.pc;
    if (!code_.fetch(at)) return Next::kLost;
    const Instruction instruction = decode(code_.bytes_at(at));
    frame_.pc += instruction.length;
    if (!frame_.apply(instruction, from_, memory_)) return Next::kLost;
    frame_.passes(at, from_);
    const uint64_t target = frame_.pc + static_cast<uint64_t>(int64_t{instruction.value});
    switch (instruction.effect) {
      case Effect::kBranch:
        pending_.put(frame_, target);
        return Next::kOn;
      case Effect::kJump:
        return jump(at, target);
      case Effect::kCall:
        return is_other_(frame_.pc) ? Next::kLost : Next::kOn;
      case Effect::kReturn:
      case Effect::kLeap:
        frame_.ends_idle(at);
        return Next::kReturned;
      default:
        return Next::kOn;
    }
  }

  // What jumps to another function leaves its return to that.
  Next jump(uint64_t at, uint64_t target) {
    if (is_other_(target)) {
      frame_.ends_idle(at);
      return Next::kReturned;
    }
    if (!land(frame_.pc, target)) return Next::kLost;
    frame_.leaves_straight();
    frame_.pc = target;
    return Next::kOn;
  }

  // Ends one stretch and begins another; false where that was gone through before, and nothing found.
  bool land(uint64_t left, uint64_t pc) {
    stretches_[stretch_count_ - 1].end = left;
    for (int i = 0; i < stretch_count_; ++i) {
      if (pc >= stretches_[i].begin && pc < stretches_[i].end) return false;
    }
    if (stretch_count_ == kMaxStretches) return false;
    stretches_[stretch_count_++] = {pc, pc};
    return true;
  }

  // Whether the function that is left may be the one that the call in front of `pc` says: behind a call that
  // never comes back is another function, whose return leads to what was called here long ago.
  bool is_called_here(uint64_t pc) {
    uint64_t code = 0, target = 0;
    if (!memory_.load(pc - sizeof code, code) || !is_direct_call(code, pc, target)) return true;
    return is_other_(target) || may_lead_to(code_, target, from_.pc);
  }

  Memory& memory_;
  const Others& is_other_;
  const Registers& from_;
  const int most_instructions_;
  FollowedFrame frame_;
  Pending pending_;
  Stretch stretches_[kMaxStretches];
  int stretch_count_ = 0;
  CodeWindow<Memory> code_{memory_};
};

}  // namespace prof::machine
