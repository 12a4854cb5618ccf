// Any bytes as code, followed to a return on any stack: nothing is read but through the walk's memory, the
// way ends, a caller is above, and what is remembered as a rule leads to the same caller.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "libprof/machine/forward_run.h"

using namespace prof::machine;

namespace {

constexpr uint64_t kCode = 0x10000, kStack = 0x7fff0000;
constexpr size_t kStackBytes = 512;

struct Memory {
  const uint8_t* code;
  size_t code_size;
  const uint8_t* stack;
  size_t loads = 0;

  bool load(uint64_t address, uint64_t& value) {
    loads++;
    if (address >= kStack && address - kStack <= kStackBytes - 8) {
      std::memcpy(&value, stack + (address - kStack), sizeof value);
      return true;
    }
    if (address < kCode || address - kCode >= code_size || code_size - (address - kCode) < 8) return false;
    std::memcpy(&value, code + (address - kCode), sizeof value);
    return true;
  }
};

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Half of it is code; the stack repeats the rest, with return addresses behind every call of the code
  // between.
  const size_t code_size = size / 2 & ~size_t{7};
  if (code_size < 16) return 0;
  uint8_t stack[kStackBytes];
  for (size_t i = 0; i < kStackBytes; i++) stack[i] = data[code_size + i % (size - code_size)];
  for (size_t i = 0; i + 8 <= kStackBytes; i += 16) {
    const uint64_t word = kCode + stack[i] % code_size;
    std::memcpy(stack + i, &word, sizeof word);
  }
  uint64_t general[REG_RIP + 1];
  for (uint64_t& value : general) value = kStack + stack[&value - general];
  Memory memory = {data, code_size, stack};
  const Registers from = {kCode + data[size - 1] % code_size, kStack + 128, kStack + 192, 0x1234, general};
  for (const bool has_others : {true, false}) {
    const auto is_other = [=](uint64_t pc) { return has_others && pc - kCode >= code_size; };
    ForwardRun<Memory, decltype(is_other)> run(memory, is_other, from, kMostInstructions);
    memory.loads = 0;
    Registers caller = {};
    const bool found = run.run(caller);
    check(memory.loads < 100'000);
    if (!found) continue;
    check(caller.sp >= from.sp + 8);
    FollowedFrame::Way way;
    if (!run.way(way)) continue;
    using Base = FollowedFrame::Base;
    const uint64_t base = way.base == Base::kStack ? from.sp : (way.base == Base::kFrame ? from.bp : from.bx);
    const uint64_t cfa = base + static_cast<uint64_t>(way.cfa);
    uint64_t pc = 0, bp = from.bp, bx = from.bx;
    check(cfa == caller.sp && memory.load(cfa - 8, pc) && pc == caller.pc);
    if (way.bp_slot != 0) memory.load(cfa - static_cast<uint64_t>(way.bp_slot), bp);
    if (way.bx_slot != 0) memory.load(cfa - static_cast<uint64_t>(way.bx_slot), bx);
    check(bp == caller.bp && bx == caller.bx);
  }
  return 0;
}
