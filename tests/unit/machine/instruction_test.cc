#include "libprof/machine/instruction.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.h"

using namespace prof::machine;
using namespace prof::test;

namespace {

Instruction decoded(const std::vector<uint8_t>& bytes) {
  Bytes all = {};
  std::memcpy(all, bytes.data(), std::min(bytes.size(), sizeof all));
  return decode(all);
}

// The bytes of a line of `objdump -d -w`: "  401000:\t48 89 e5             \tmov    %rsp,%rbp". None where
// they are not a whole instruction.
std::vector<uint8_t> bytes_of(const std::string& line) {
  std::vector<uint8_t> bytes;
  const size_t begin = line.find(":\t");
  for (const char* const part : {"(bad)", "\t.byte", "rex", ":\t9b "}) {
    if (line.find(part) != std::string::npos) return bytes;
  }
  if (begin == std::string::npos) return bytes;
  std::istringstream hex(line.substr(begin + 2, line.find('\t', begin + 2) - begin - 2));
  for (unsigned byte = 0; hex >> std::hex >> byte;) bytes.push_back(static_cast<uint8_t>(byte));
  return bytes;
}

}  // namespace

TEST_CASE("what instructions do to the stack, the saved registers and the way") {
  struct Case {
    const char* text;
    std::vector<uint8_t> bytes;
    Effect effect;
    uint8_t target = kNoRegister, base = kNoRegister;
    int32_t value = 0;
  };
  constexpr uint8_t kRax = 0, kRdi = 7, kR11 = 11, kR12 = 12;
  for (const Case& c : {
           Case{"nop", {0x90}, Effect::kNone},
           Case{"push %rbp", {0x55}, Effect::kPush},
           Case{"push $0x12", {0x6a, 0x12}, Effect::kPush},
           Case{"pushw %bp", {0x66, 0x55}, Effect::kUnknown},
           Case{"pushq 8(%rax)", {0xff, 0x70, 0x08}, Effect::kPush},
           Case{"pop %rbx", {0x5b}, Effect::kPop, kRbx},
           Case{"pop %r12", {0x41, 0x5c}, Effect::kPop, kR12},
           Case{"pop %rsp", {0x5c}, Effect::kPop, kRsp},
           Case{"popq (%rax)", {0x8f, 0x00}, Effect::kPop},
           Case{"popf", {0x9d}, Effect::kPop},
           Case{"sub $0x98,%rsp", {0x48, 0x81, 0xec, 0x98, 0, 0, 0}, Effect::kSet, kRsp, kRsp, -0x98},
           Case{"add $-128,%rsp", {0x48, 0x83, 0xc4, 0x80}, Effect::kSet, kRsp, kRsp, -128},
           Case{"sub $8,%r12", {0x49, 0x83, 0xec, 0x08}, Effect::kNone},
           Case{"cmp $8,%rsp", {0x48, 0x83, 0xfc, 0x08}, Effect::kNone},
           Case{"xor $8,%rsp", {0x48, 0x83, 0xf4, 0x08}, Effect::kUnknown},
           Case{"add $8,%esp", {0x83, 0xc4, 0x08}, Effect::kUnknown},
           Case{"and $-32,%rsp", {0x48, 0x83, 0xe4, 0xe0}, Effect::kAlign, kNoRegister, kNoRegister, -32},
           Case{"sub %rax,%rsp", {0x48, 0x29, 0xc4}, Effect::kUnknown},
           Case{"add 8(%rax),%rsp", {0x48, 0x03, 0x60, 0x08}, Effect::kUnknown},
           Case{"cmp %rax,%rsp", {0x48, 0x39, 0xc4}, Effect::kNone},
           Case{"add %rsp,%rax", {0x48, 0x01, 0xe0}, Effect::kNone},
           Case{"add %al,%ah (4: no rsp)", {0x00, 0xc4}, Effect::kNone},
           Case{"mov %rsp,%rbp", {0x48, 0x89, 0xe5}, Effect::kSet, kRbp, kRsp, 0},
           Case{"mov %r11,%rsp", {0x4c, 0x89, 0xdc}, Effect::kSet, kRsp, kR11, 0},
           Case{"mov %rsp,%rax (8b)", {0x48, 0x8b, 0xc4}, Effect::kSet, kRax, kRsp, 0},
           Case{"mov %esp,%eax", {0x89, 0xe0}, Effect::kNone},
           Case{"mov %eax,%esp", {0x89, 0xc4}, Effect::kUnknown},
           Case{"mov $1,%rsp", {0x48, 0xc7, 0xc4, 1, 0, 0, 0}, Effect::kUnknown},
           Case{"movabs $1,%rsp", {0x48, 0xbc, 1, 0, 0, 0, 0, 0, 0, 0}, Effect::kUnknown},
           Case{"lea (%r11),%rsp", {0x49, 0x8d, 0x23}, Effect::kSet, kRsp, kR11, 0},
           Case{"lea -8(%rbp),%rsp", {0x48, 0x8d, 0x65, 0xf8}, Effect::kSet, kRsp, kRbp, -8},
           Case{"lea 0x98(%rsp),%rsp",
                {0x48, 0x8d, 0xa4, 0x24, 0x98, 0, 0, 0},
                Effect::kSet,
                kRsp,
                kRsp,
                0x98},
           Case{"lea (%rsp,%rax),%rsp", {0x48, 0x8d, 0x24, 0x04}, Effect::kUnknown},
           Case{"lea 8(%rip),%rsp", {0x48, 0x8d, 0x25, 8, 0, 0, 0}, Effect::kUnknown},
           Case{"mov 8(%rsp),%rbx", {0x48, 0x8b, 0x5c, 0x24, 0x08}, Effect::kLoad, kRbx, kRsp, 8},
           Case{"mov -8(%rax),%rbx", {0x48, 0x8b, 0x58, 0xf8}, Effect::kLoad, kRbx, kRax, -8},
           Case{"mov 8(%rsp),%rsp", {0x48, 0x8b, 0x64, 0x24, 0x08}, Effect::kLoad, kRsp, kRsp, 8},
           Case{"mov (%rax,%rdi),%rsp", {0x48, 0x8b, 0x24, 0x38}, Effect::kUnknown},
           Case{"mov %rdi,(%rsp)", {0x48, 0x89, 0x3c, 0x24}, Effect::kStore, kRdi, kRsp, 0},
           Case{"xchg %rsp,%rax", {0x48, 0x94}, Effect::kUnknown},
           Case{"xchg %rax,%rsp", {0x48, 0x87, 0xc4}, Effect::kUnknown},
           Case{"cmove %rax,%rsp", {0x48, 0x0f, 0x44, 0xe0}, Effect::kUnknown},
           Case{"movd %eax,%xmm4 (4: no rsp)", {0x66, 0x0f, 0x6e, 0xe0}, Effect::kNone},
           Case{"leave", {0xc9}, Effect::kLeave},
           Case{"ret", {0xc3}, Effect::kReturn},
           Case{"repz ret", {0xf3, 0xc3}, Effect::kReturn},
           Case{"bnd ret", {0xf2, 0xc3}, Effect::kReturn},
           Case{"ret $16", {0xc2, 0x10, 0x00}, Effect::kReturn, kNoRegister, kNoRegister, 16},
           Case{"jmp 2", {0xeb, 0x02}, Effect::kJump, kNoRegister, kNoRegister, 2},
           Case{"jmp -5", {0xe9, 0xfb, 0xff, 0xff, 0xff}, Effect::kJump, kNoRegister, kNoRegister, -5},
           Case{"je 2", {0x74, 0x02}, Effect::kBranch, kNoRegister, kNoRegister, 2},
           Case{"je 256", {0x0f, 0x84, 0, 1, 0, 0}, Effect::kBranch, kNoRegister, kNoRegister, 256},
           Case{"loop -2", {0xe2, 0xfe}, Effect::kBranch, kNoRegister, kNoRegister, -2},
           Case{"call 8", {0xe8, 8, 0, 0, 0}, Effect::kCall},
           Case{"call *%rax", {0xff, 0xd0}, Effect::kCall},
           Case{"jmp *%rax", {0xff, 0xe0}, Effect::kUnknown},
           Case{"jmp *8(%rip)", {0xff, 0x25, 8, 0, 0, 0}, Effect::kLeap},
           Case{"jmp *(,%rax,8)", {0xff, 0x24, 0xc5, 0, 0, 0, 0}, Effect::kUnknown},
           Case{"ud2", {0x0f, 0x0b}, Effect::kUnknown},
           Case{"int3", {0xcc}, Effect::kUnknown},
           Case{"syscall", {0x0f, 0x05}, Effect::kNone},
           Case{"vzeroupper", {0xc5, 0xf8, 0x77}, Effect::kNone},
           Case{"vmovdqu64 %zmm16,0x40(%rsp)",
                {0x62, 0xe1, 0xfe, 0x48, 0x7f, 0x44, 0x24, 0x01},
                Effect::kNone},
           Case{"vprotd $7,%xmm0,%xmm0", {0x8f, 0xe8, 0x78, 0xc2, 0xc0, 0x07}, Effect::kNone},
           Case{"test $1,%esp", {0xf7, 0xc4, 1, 0, 0, 0}, Effect::kUnknown},
       }) {
    INFO(c.text);
    const Instruction instruction = decoded(c.bytes);
    CHECK(instruction.length == c.bytes.size());
    CHECK(instruction.effect == c.effect);
    if (c.effect == Effect::kUnknown) continue;
    CHECK(int{instruction.target} == int{c.target});
    CHECK(int{instruction.base} == int{c.base});
    CHECK(instruction.value == c.value);
  }
}

TEST_CASE("what is no instruction of 64-bit code has no length") {
  for (const std::vector<uint8_t>& bytes :
       std::vector<std::vector<uint8_t>>{{0x06}, {0x27}, {0x82, 0xc0, 0x01}, {0xd5}, {0xea}, {0x0f, 0x04}}) {
    CHECK(decoded(bytes).length == 0);
    CHECK(decoded(bytes).effect == Effect::kUnknown);
  }
  CHECK(decoded(std::vector<uint8_t>(16, 0x66)).length == 0);  // longer than any
}

TEST_CASE("every instruction of libc and libcrypto is as long as binutils says") {
  struct Case {
    const char* library;
    size_t
        most_others;  // libcrypto has constants between its functions, which look like strange instructions
  };
  for (const Case& c : {Case{"libc.so.6", 0}, Case{"libcrypto.so.3", 10}}) {
    const std::string path = std::string("/lib/x86_64-linux-gnu/") + c.library;
    const Outcome objdump = run({"objdump", "-d", "-w", path});
    if (objdump.code != 0) {
      WARN("skipped: no " << path << ", or no objdump");
      continue;
    }
    size_t count = 0, others = 0;
    std::istringstream lines(objdump.out);
    for (std::string line; std::getline(lines, line);) {
      const std::vector<uint8_t> bytes = bytes_of(line);
      if (bytes.empty()) continue;
      count++;
      if (decoded(bytes).length == bytes.size()) continue;
      others++;
      UNSCOPED_INFO(line);
    }
    CHECK(others <= c.most_others);
    CHECK(count > 100'000);
  }
}

TEST_CASE("any bytes are decoded, to at most fifteen") {
  std::mt19937 random(1);
  for (int i = 0; i < 300'000; i++) {
    Bytes bytes;
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    CHECK_FALSE(decode(bytes).length > kMaxLength);
  }
}

TEST_CASE("what ends in a call, and what does not") {
  const auto word = [](const std::vector<uint8_t>& end) {
    uint8_t bytes[8] = {};
    std::copy(end.begin(), end.end(), std::end(bytes) - end.size());
    uint64_t result = 0;
    std::memcpy(&result, bytes, sizeof result);
    return result;
  };
  for (const std::vector<uint8_t>& call :
       std::vector<std::vector<uint8_t>>{{0xe8, 1, 2, 3, 4},
                                         {0xff, 0xd0},                          // *%rax
                                         {0x41, 0xff, 0xd3},                    // *%r11
                                         {0xff, 0x10},                          // *(%rax)
                                         {0xff, 0x14, 0xd0},                    // *(%rax,%rdx,8)
                                         {0xff, 0x50, 0x08},                    // *8(%rax)
                                         {0xff, 0x54, 0x24, 0x08},              // *8(%rsp)
                                         {0xff, 0x90, 1, 2, 0, 0},              // *513(%rax)
                                         {0xff, 0x15, 1, 2, 0, 0},              // *513(%rip)
                                         {0xff, 0x94, 0x24, 1, 2, 0, 0},        // *513(%rsp)
                                         {0xff, 0x14, 0x25, 0x10, 0, 0, 0}}) {  // *16
    CHECK(ends_in_call(word(call)));
  }
  for (const std::vector<uint8_t>& other : std::vector<std::vector<uint8_t>>{{},
                                                                             {0x90},
                                                                             {0xff, 0xe0},
                                                                             {0xc3},
                                                                             {0xe8, 1, 2, 3},
                                                                             {0xff, 0x15, 1, 2, 0},
                                                                             {0xff, 0x50},
                                                                             {0xff, 0x14},
                                                                             {0xff, 0x70, 0x08}}) {
    CHECK_FALSE(ends_in_call(word(other)));
  }
}
