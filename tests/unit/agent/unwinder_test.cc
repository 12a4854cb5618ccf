#include "libprof/agent/unwinder.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

using namespace prof::agent;

namespace {

constexpr uint64_t kCode = 0x100000, kStack = 0x200000;

struct Memory {
  std::vector<uint8_t> code;
  std::vector<uint64_t> stack = std::vector<uint64_t>(512);
  int loads_of_code = 0;

  static void enter(uint64_t) {}
  static bool is_fault_free() { return true; }
  bool load(uint64_t address, uint64_t& value) {
    if (address >= kStack && address - kStack < stack.size() * 8) {
      value = stack[(address - kStack) / 8];
      return true;
    }
    loads_of_code++;
    if (address < kCode || address - kCode + 8 > code.size()) return false;
    std::memcpy(&value, &code[address - kCode], sizeof value);
    return true;
  }
};

// A module whose code nothing describes.
struct Undescribed {
  std::atomic<uint64_t> words[512] = {};
  Rule none = {};
  UnwindTable table = {};
  alignas(ModuleList) unsigned char list[sizeof(ModuleList) + sizeof(LoadedModule)] = {};

  explicit Undescribed(size_t size) {
    table.rules = &none;
    table.recent = words;
    table.recent_shift = 32 - 9;
    auto* const modules = new (list) ModuleList{1, 1};
    *modules->modules() = {kCode, kCode + size, &table, nullptr};
  }
  const ModuleList* modules() const { return reinterpret_cast<const ModuleList*>(list); }
};

}  // namespace

// Products of matrices in OpenBLAS are a loop of 5,500 instructions whose frame is found by rbx: numpy's
// samples followed the rest of it to its return, each of them anew, and took five times as long as others.
TEST_CASE("a long loop whose frame is found by rbx is followed once, and its other samples read no code") {
  constexpr uint64_t kReturn = kCode + 16, kLoop = kCode + 32;
  constexpr int kInstructions = 1000;
  Memory memory;
  memory.code.resize(11, 0x90);
  memory.code.insert(memory.code.end(), {0xe8, 16, 0, 0, 0, 0xf4});  // call, to the loop; hlt
  memory.code.resize(kLoop - kCode, 0xcc);
  for (int i = 0; i < kInstructions; ++i) memory.code.insert(memory.code.end(), {0x48, 0x01, 0xc0});
  memory.code.insert(memory.code.end(), {0x48, 0x89, 0xdc, 0x5b, 0xc3});  // mov %rbx, %rsp; pop %rbx; ret
  memory.code.resize(memory.code.size() + 64, 0xcc);
  const Undescribed module(memory.code.size());

  const auto walk = [&](uint64_t instruction, uint64_t bx) {
    std::fill(memory.stack.begin(), memory.stack.end(), 0);
    memory.stack[(bx - kStack) / 8 + 1] = kReturn;
    memory.loads_of_code = 0;
    const UnwindRequest request = {
        module.modules(), {kLoop + 3 * instruction, kStack + 64, 0, bx, nullptr}, true, {}, {}};
    uint64_t frames[8];
    const Unwound result = Unwinder<Memory>(request, memory).run(frames, 8);
    return result.whole && result.count == 2 && frames[0] == kLoop + 3 * instruction && frames[1] == kReturn;
  };
  CHECK(walk(2, kStack + 512));
  CHECK(memory.loads_of_code > kInstructions / 8);
  for (const uint64_t instruction : {300u, 301u, 700u}) {
    for (const uint64_t bx : {kStack + 512, kStack + 128, kStack + 1024}) {
      INFO(instruction << ' ' << bx - kStack);
      CHECK(walk(instruction, bx));
      CHECK(memory.loads_of_code == 0);
    }
  }
}
