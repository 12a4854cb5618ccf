#include "libprof/machine/call_target.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

using namespace prof::machine;

namespace {

constexpr uint64_t kCode = 0x10000;

struct Memory {
  std::vector<uint8_t> code;

  bool load(uint64_t address, uint64_t& value) {
    value = 0;
    if (address < kCode || address - kCode >= code.size()) return false;
    std::memcpy(&value, &code[address - kCode], std::min(sizeof value, code.size() - (address - kCode)));
    return true;
  }
};

}  // namespace

TEST_CASE("a call names its target where it can be nothing but a direct one") {
  const auto target_of = [](std::initializer_list<uint8_t> bytes) {
    uint64_t word = 0, target = 0;
    std::memcpy(&word, bytes.begin(), sizeof word);
    return is_direct_call(word, 0x1000, target) ? target : 0;
  };
  CHECK(target_of({0, 0, 0, 0xe8, 0x10, 0, 0, 0}) == 0x1010);
  CHECK(target_of({0, 0, 0, 0xe8, 0xf0, 0xff, 0xff, 0xff}) == 0xff0);
  CHECK(target_of({0, 0, 0, 0xe8, 1, 2, 0xff, 0xd0}) == 0);  // or call *%rax
  CHECK(target_of({0, 0, 0, 0, 0, 0, 0xff, 0xd0}) == 0);
}

TEST_CASE("where a function may lead: within its end, and wherever a jump leaves it") {
  struct Case {
    const char* text;
    std::vector<uint8_t> code;
    uint64_t from, to;
    bool may;
  };
  for (const Case& c : {
           Case{"ret; nop", {0xc3, 0x90}, 0, 0, true},
           Case{"ret; nop", {0xc3, 0x90}, 0, 1, false},
           Case{"nop; ret", {0x90, 0xc3}, 1, 0, false},
           Case{"je 1; ret; nop; ret", {0x74, 1, 0xc3, 0x90, 0xc3, 0x90}, 0, 3, true},
           Case{"je 1; ret; nop; ret; nop", {0x74, 1, 0xc3, 0x90, 0xc3, 0x90}, 0, 5, false},
           Case{"call 0; ud2; nop", {0xe8, 0, 0, 0, 0, 0x0f, 0x0b, 0x90}, 0, 7, false},
           Case{"nop; jmp -3", {0x90, 0xeb, 0xfd}, 1, 0, true},
           Case{"jmp *8(%rip); nop", {0xff, 0x25, 8, 0, 0, 0, 0x90}, 0, 6, true},
           Case{"jmp *%rax; nop", {0xff, 0xe0, 0x90}, 0, 2, true},
           Case{"no code", {}, 0, 2, true},
       }) {
    INFO(c.text << " " << c.to);
    Memory memory{c.code};
    CodeWindow<Memory> window(memory);
    CHECK(may_lead_to(window, kCode + c.from, kCode + c.to) == c.may);
  }
}
