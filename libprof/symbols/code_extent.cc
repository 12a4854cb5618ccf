#include "libprof/symbols/code_extent.h"

#include <algorithm>
#include <vector>

#include "libprof/machine/instruction.h"

namespace prof::symbols {
namespace {

constexpr int64_t kFunctionAlignment = 16;

machine::Instruction instruction_at(std::span<const uint8_t> code, size_t offset) {
  machine::Bytes bytes = {};
  std::copy_n(code.begin() + static_cast<std::ptrdiff_t>(offset),
              std::min(code.size() - offset, sizeof bytes), bytes);
  return machine::decode(bytes);
}

}  // namespace

size_t extent_of(std::span<const uint8_t> code, uint64_t address) {
  using machine::Effect;
  std::vector<bool> is_seen(code.size());
  std::vector<size_t> pending = {0};
  size_t end = code.empty() ? 0 : 1;
  while (!pending.empty()) {
    size_t at = pending.back();
    pending.pop_back();
    while (at < code.size() && !is_seen[at]) {
      const machine::Instruction instruction = instruction_at(code, at);
      is_seen[at] = true;
      const size_t next = at + instruction.length;
      if (instruction.length == 0 || next > code.size()) break;
      end = std::max(end, next);
      const int64_t target = static_cast<int64_t>(next) + instruction.value;
      const bool is_inside = target >= 0 && target < static_cast<int64_t>(code.size());
      const bool is_jump = instruction.effect == Effect::kJump;
      const bool is_far = is_jump && target > static_cast<int64_t>(next) &&
                          (static_cast<int64_t>(address) + target) % kFunctionAlignment == 0;
      if ((is_jump || instruction.effect == Effect::kBranch) && is_inside && !is_far)
        pending.push_back(static_cast<size_t>(target));
      if (is_jump || instruction.effect == Effect::kReturn || instruction.effect == Effect::kLeap ||
          instruction.effect == Effect::kUnknown)
        break;
      at = next;
    }
  }
  return end;
}

}  // namespace prof::symbols
