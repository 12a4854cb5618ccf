// The unwind table of one module: its .eh_frame and .debug_frame compiled, once and outside any signal
// handler, into sorted (pc, rule) rows that the unwinder searches.
//
// A rule says how to find the caller's registers: the canonical frame address (CFA, the caller's stack
// pointer), the return address, rbp and rbx. That is all the x86-64 code of compilers and libc needs to be
// unwound from anywhere; what a rule cannot express becomes a kStop row, which truncates a stack and never
// misleads it. An expression that is more than a sum or a saved pointer is kept as it is, for the walk to
// evaluate (cfi_expression.h): such rows are rare. Freestanding and total: any bytes give a table, within
// memory bounded by their number. DWARF 5, section 6.4 (.debug_frame); LSB Core 5.0, section 10.6
// (.eh_frame).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace prof::agent {

// DWARF numbers of the x86-64 registers that matter here.
inline constexpr uint8_t kRbx = 3;
inline constexpr uint8_t kRbp = 6;
inline constexpr uint8_t kRsp = 7;
inline constexpr uint8_t kR12 = 12;
inline constexpr uint8_t kRip = 16;

enum class Cfa : uint8_t {
  kNone,        // no code here that is described
  kStop,        // described, but not expressible: the stack ends here, truncated
  kRegister,    // register + offset
  kDeref,       // *(register + offset) + addend
  kExpression,  // the value of the expression at cfa_offset in the table's pool
  kPlt,         // rsp + offset + ((rip & 15) >= plt_threshold ? 8 : 0): lazy binding stubs
};

enum class Save : uint8_t {
  kSame,          // the register still holds the caller's value
  kAtCfa,         // at *(CFA + offset)
  kAtRegister,    // at *(base + offset)
  kCfaPlus,       // is CFA + offset
  kInRegister,    // is in register `base`
  kAtExpression,  // at the address that the expression at `offset` in the table's pool gives, from the CFA
  kIsExpression,  // is the value of that expression
  kUndefined,     // gone; of the return address: this is the outermost frame
};

struct Saved {
  Save kind;
  uint8_t base;
  uint16_t reserved;
  int32_t offset;
};

// Compared and hashed as bytes: no padding.
struct Rule {
  Cfa cfa;
  uint8_t cfa_register;
  uint8_t plt_threshold;
  uint8_t is_signal_frame;  // the caller was interrupted: its pc is exact
  int32_t cfa_offset;
  int32_t cfa_addend;
  Saved ra;
  Saved bp;
  Saved bx;
  Saved sp;  // kSame: is the CFA. Otherwise in code that switches stacks (longjmp, setcontext)
};
static_assert(sizeof(Rule) == 44);

// The rule of nearly every frame in one word, never 0: the CFA is rsp, rbp or rbx plus a multiple of 8, the
// return address just below it, rbp and rbx are unchanged or saved not far below it, the stack pointer is the
// CFA.
struct BriefRule {
  // 0 where it does not fit. `base`: the DWARF number of rsp, rbp or rbx; `cfa`: over it; the slots as below.
  static uint32_t of(const Rule& rule);
  static uint32_t of(uint8_t base, int64_t cfa, int64_t bp_slot, int64_t bx_slot);

  // Of its base; rsp where neither is set.
  static constexpr uint32_t kOnBp = 1, kOnBx = 2;
  static uint8_t base(uint32_t brief) {
    return (brief & kOnBp) != 0 ? kRbp : ((brief & kOnBx) != 0 ? kRbx : kRsp);
  }
  static uint64_t cfa(uint32_t brief) { return uint64_t{brief >> 2 & kMaxCfa} * 8; }
  // Distance below the CFA; 0 where the register is unchanged.
  static uint64_t bp_slot(uint32_t brief) { return uint64_t{brief >> 16 & kMaxSlot} * 8; }
  static uint64_t bx_slot(uint32_t brief) { return uint64_t{brief >> 24} * 8; }

  // No rule, and remembered: code that nothing describes, and whose caller was not found either.
  static constexpr uint32_t kNoCaller = 1;
  static constexpr uint32_t kMaxCfa = (1 << 14) - 1;
  static constexpr uint32_t kMaxSlot = (1 << 8) - 1;
};

// Rows in order of pc, relative to the module's start; a row holds up to the next one. Position independent,
// so one table serves every load of the same object.
struct UnwindTable {
  const uint32_t* pcs;
  const uint16_t* rule_of;
  const Rule* rules;
  uint32_t row_count;
  uint32_t rule_count;
  const uint8_t* expressions;  // an ExpressionPool's
  uint32_t expressions_size;
  // What was asked for before: offset << 32 | brief rule, by hash of the offset. Writers and readers: whoever
  // unwinds, relaxed; a word is whole and neither table nor code ever changes, so none is wrong or stale.
  std::atomic<uint64_t>* recent;
  uint32_t recent_shift;  // 32 - log2 of the number of words

  // Called from: signal handlers and hooks. Never blocks. The brief rule for `offset`; 0 where only `find`
  // can say, and for offset 0, where no code is.
  uint32_t find_brief(uint32_t offset) const {
    std::atomic<uint64_t>& slot = slot_of(offset);
    const uint64_t word = slot.load(std::memory_order_relaxed);
    return word >> 32 == offset ? static_cast<uint32_t>(word) : search_brief(offset, slot);
  }
  // Called from: signal handlers and hooks. Never blocks. What find_brief() answers from now on, where no row
  // covers `offset`, for as long as it is remembered.
  void remember(uint32_t offset, uint32_t brief) const {
    slot_of(offset).store(uint64_t{offset} << 32 | brief, std::memory_order_relaxed);
  }
  // Called from: signal handlers and hooks. Never block. From each instruction in [begin, end), which no row
  // covers, the code leads to `to` and does nothing to the stack until then: how far that is known from
  // `offset` on, which is `offset` itself where it is not. Kept by whole granules, beside the above.
  void remember_idle(uint32_t begin, uint32_t end, uint32_t to) const;
  uint32_t skip_idle(uint32_t offset) const;
  // Called from: signal handlers and hooks. Never blocks. The rule for `offset`; kNone where no row covers
  // it.
  const Rule& find(uint32_t offset) const;

 private:
  std::atomic<uint64_t>& slot_of(uint32_t offset) const {
    return recent[offset * 0x9e3779b1u >> recent_shift];
  }
  uint32_t search_brief(uint32_t offset, std::atomic<uint64_t>& slot) const;
};

struct FrameSection {
  const uint8_t* begin = nullptr;  // the section's bytes; null where there is none
  const uint8_t* end = nullptr;    // at most: a zero terminator ends .eh_frame before
  uint64_t address = 0;            // run-time address of `begin`, for pc-relative pointers
};

// What describes the code of one module. Where both sections describe a function, .eh_frame is believed.
struct CallFrames {
  uint64_t module_start = 0;  // run-time range of the module that rows are relative to
  uint64_t module_end = 0;
  uint64_t bias = 0;         // run-time minus link-time addresses: .debug_frame has the latter
  FrameSection eh_frame;     // as loaded
  FrameSection debug_frame;  // as in the file, uncompressed
};

// Called from: threads, outside signal handlers. Null where there is no memory or nothing to describe.
// Tables live for ever: the number of distinct objects bounds them.
const UnwindTable* compile_unwind_table(const CallFrames& frames);

}  // namespace prof::agent
