#include "tests/unwind/compare.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "libprof/agent/unwinder.h"
#include "tests/unwind/libunwind_peer.h"
#include "tests/unwind/traced.h"
#include "tests/unwind/true_stack.h"

namespace prof::test {
namespace {

constexpr size_t kCapacity = 1024;

struct TracedMemory {
  const Traced& program;
  void enter(uint64_t) {}
  bool is_fault_free() const { return true; }
  bool load(uint64_t address, uint64_t& value) const { return program.load(address, value); }
};

bool our_frames(const Traced& program, std::vector<uint64_t>& out) {
  const user_regs_struct& r = program.registers();
  uint64_t general[agent::kContextIndex[agent::kRip] + 1] = {};
  const uint64_t by_number[] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8,
                                r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip};
  for (int i = 0; i <= agent::kRip; ++i) general[agent::kContextIndex[i]] = by_number[i];
  agent::UnwindRequest request = {};
  request.modules = program.module_list();
  request.from = {r.rip, r.rsp, r.rbp, r.rbx, general};
  request.interrupted = true;
  TracedMemory memory = {program};
  out.resize(kCapacity);
  const agent::Unwound stack =
      agent::Unwinder<TracedMemory>(request, memory).run(out.data(), static_cast<uint32_t>(out.size()));
  out.resize(stack.count);
  return stack.whole;
}

std::string place_of(const Traced& program, uint64_t pc) {
  const Mapped* const module = program.module_at(pc);
  std::ostringstream text;
  if (module != nullptr) text << std::filesystem::path(module->path).filename().string() << "+";
  text << "0x" << std::hex << pc - (module == nullptr ? 0 : module->start);
  return text.str();
}

// The frame whose caller is not as in `truth`.
uint64_t where_differ(const std::vector<uint64_t>& truth, const std::vector<uint64_t>& frames) {
  const auto differs = std::mismatch(truth.begin(), truth.end(), frames.begin(), frames.end()).first;
  return differs == truth.begin() ? truth[0] : *(differs - 1);
}

struct Stacks {
  std::vector<uint64_t> truth;
  std::vector<uint64_t> ours;
  std::vector<uint64_t> libunwind;
  bool ours_is_whole = false;
  bool libunwind_is_whole = false;
};

StepResult judge(const Stacks& s, bool is_described) {
  const bool is_right = s.ours_is_whole && s.ours == s.truth;
  if (is_right) {
    const bool both = s.libunwind_is_whole && s.libunwind == s.truth;
    return both ? StepResult::k_agree : StepResult::k_libunwind_wrong;
  }
  if (!is_described) return StepResult::k_undescribed;
  const bool is_libunwind_right = s.libunwind_is_whole && s.libunwind == s.truth;
  if (!is_libunwind_right && where_differ(s.truth, s.ours) == where_differ(s.truth, s.libunwind)) {
    return StepResult::k_misled_alike;
  }
  const bool is_prefix =
      s.ours.size() <= s.truth.size() && std::equal(s.ours.begin(), s.ours.end(), s.truth.begin());
  return is_prefix && !s.ours_is_whole ? StepResult::k_ours_truncated : StepResult::k_ours_wrong;
}

}  // namespace

Comparison compare_unwinders(const std::vector<std::string>& argv, From from, uint64_t limit) {
  Comparison result;
  Traced program(argv);
  if (from == From::kEntry) program.run_to_entry();
  LibunwindPeer peer(program);
  TrueStack stack;
  Stacks stacks;
  std::set<uint64_t> seen;
  uint64_t last = 0;
  while (result.instructions < limit) {
    const uint64_t pc = program.registers().rip;
    // A repeated string instruction is one.
    if (pc != last) {
      ++result.instructions;
      result.distinct += seen.insert(pc).second;
      stack.frames(program, stacks.truth);
      result.frames += stacks.truth.size();
      result.deepest = std::max<uint64_t>(result.deepest, stacks.truth.size());
      stacks.ours_is_whole = our_frames(program, stacks.ours);
      stacks.libunwind_is_whole = peer.frames(stacks.libunwind, kCapacity);
      uint64_t place = where_differ(stacks.truth, stacks.ours);
      // Return addresses are looked up by the call before them.
      const bool is_leaf = place == pc;
      const StepResult verdict = judge(stacks, peer.describes(is_leaf ? place : place - 1));
      const auto index = static_cast<int>(verdict);
      ++result.results[index];
      if (verdict == StepResult::k_libunwind_wrong) place = where_differ(stacks.truth, stacks.libunwind);
      if (verdict != StepResult::k_agree) ++result.where[index][place_of(program, place)];
    }
    last = pc;
    stack.before(program);
    if (!program.step()) break;
    stack.after(program);
  }
  return result;
}

}  // namespace prof::test
