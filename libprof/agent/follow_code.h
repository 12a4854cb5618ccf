// The caller of code that no row covers, by the way that the code goes (machine/forward_run.h); and what is
// remembered of it. Called from: signal handlers, hooks. Never blocks. Freestanding.
#pragma once

#include "libprof/agent/unwind.h"
#include "libprof/machine/forward_run.h"

namespace prof::agent {

inline uint32_t brief_of(const machine::FollowedFrame::Way& way) {
  using Base = machine::FollowedFrame::Base;
  const uint8_t base = way.base == Base::kStack ? kRsp : (way.base == Base::kFrame ? kRbp : kRbx);
  return BriefRule::of(base, way.cfa, way.bp_slot, way.bx_slot);
}

// From `from`, in `module`, null where it is in none; its rule is remembered for `offset`, where the module
// has a table. False where no caller was found.
template <typename Memory>
[[gnu::noinline]] bool follow_code(const Registers& from, const LoadedModule* module, uint32_t offset,
                                   Memory& memory, Registers& caller) {
  constexpr int kMostEachTime = 2048;  // instructions of code of which nothing is remembered
  const UnwindTable* const table = module != nullptr ? module->table : nullptr;
  const auto is_other = [=](uint64_t pc) {
    if (module == nullptr) return false;
    if (pc < module->start || pc >= module->end) return true;
    return table != nullptr && table->find(static_cast<uint32_t>(pc - module->start)).cfa != Cfa::kNone;
  };
  machine::ForwardRun<Memory, decltype(is_other)> run(
      memory, is_other, from, table != nullptr ? machine::kMostInstructions : kMostEachTime);
  if (!run.run(caller)) return false;
  if (table == nullptr) return true;
  const auto offset_of = [=](uint64_t pc) { return static_cast<uint32_t>(pc - module->start); };
  machine::FollowedFrame::Way way;
  const uint32_t brief = run.way(way) ? brief_of(way) : 0;
  table->remember(offset, brief);
  machine::FollowedFrame::IdlePart idle;
  if (run.idle_part(idle)) {
    table->remember_idle(offset_of(from.pc), offset_of(idle.straight_end), offset_of(idle.idle_end));
    table->remember(offset_of(idle.idle_end), brief);
  }
  return true;
}

}  // namespace prof::agent
