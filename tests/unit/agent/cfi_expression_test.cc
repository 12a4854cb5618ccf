#include "libprof/agent/cfi_expression.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

using namespace prof::agent;

namespace {

using Bytes = std::vector<uint8_t>;

// Registers hold 100 * their number, memory at an address that address + 1, but for the first page.
std::optional<uint64_t> value_of(const Bytes& bytes, std::optional<uint64_t> cfa = {}) {
  const ExpressionFrame frame = {[](void*, uint64_t address, uint64_t& out) {
                                   out = address + 1;
                                   return address >= 4096;
                                 },
                                 [](void*, uint64_t number, uint64_t& out) {
                                   out = 100 * number;
                                   return number != 12;
                                 },
                                 nullptr};
  uint64_t value = 0;
  const DwarfBytes expression(bytes.data(), bytes.data() + bytes.size(), 0);
  if (!evaluate(expression, cfa ? &*cfa : nullptr, frame, value)) return std::nullopt;
  return value;
}

constexpr uint64_t minus(uint64_t value) { return 0 - value; }

}  // namespace

TEST_CASE("frame expressions have the values that DWARF gives them") {
  struct Case {
    const char* what;
    Bytes bytes;
    std::optional<uint64_t> value;
  };
  const Case cases[] = {
      {"lit31", {0x4f}, 31},
      {"breg7 + 8", {0x77, 8}, 708},
      {"breg16 - 1", {0x80, 0x7f}, 1599},
      {"bregx 6, 2", {0x92, 6, 2}, 602},
      {"a register that is not known", {0x7c, 0}, {}},
      {"const1u, const1s, minus", {0x08, 0xff, 0x09, 0xff, 0x1c}, 256},
      {"const2u", {0x0a, 0x34, 0x12}, 0x1234},
      {"const2s", {0x0b, 0xfe, 0xff}, minus(2)},
      {"const4u", {0x0c, 1, 0, 0, 0x80}, 0x80000001},
      {"const4s", {0x0d, 0xe0, 0xff, 0xff, 0xff}, minus(32)},
      {"const8u", {0x0e, 1, 0, 0, 0, 0, 0, 0, 0x80}, 0x8000000000000001},
      {"constu", {0x10, 0x80, 1}, 128},
      {"consts", {0x11, 0x80, 0x7f}, minus(128)},
      {"dup", {0x33, 0x12, 0x1e}, 9},
      {"drop", {0x33, 0x34, 0x13}, 3},
      {"over", {0x33, 0x34, 0x14}, 3},
      {"pick 2", {0x31, 0x32, 0x33, 0x15, 2}, 1},
      {"swap", {0x35, 0x33, 0x16, 0x1c}, minus(2)},
      {"rot: third becomes second", {0x31, 0x32, 0x33, 0x17}, 2},
      {"rot: first becomes third", {0x31, 0x32, 0x33, 0x17, 0x13, 0x13}, 3},
      {"abs", {0x09, 0xfb, 0x19}, 5},
      {"and", {0x3c, 0x3a, 0x1a}, 8},
      {"div is signed", {0x09, 0xf8, 0x32, 0x1b}, minus(4)},
      {"div by zero", {0x31, 0x30, 0x1b}, {}},
      {"the least number by -1", {0x0e, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x09, 0xff, 0x1b}, uint64_t{1} << 63},
      {"mod", {0x37, 0x34, 0x1d}, 3},
      {"mod by zero", {0x31, 0x30, 0x1d}, {}},
      {"neg", {0x35, 0x1f}, minus(5)},
      {"not", {0x30, 0x20}, ~uint64_t{0}},
      {"or", {0x3c, 0x33, 0x21}, 15},
      {"xor", {0x3c, 0x3a, 0x27}, 6},
      {"plus_uconst", {0x31, 0x23, 0x80, 1}, 129},
      {"shl", {0x31, 0x34, 0x24}, 16},
      {"shl by 64", {0x31, 0x08, 64, 0x24}, 0},
      {"shr", {0x09, 0xff, 0x08, 60, 0x25}, 15},
      {"shra by 64", {0x09, 0x80, 0x08, 64, 0x26}, minus(1)},
      {"lt is signed", {0x09, 0xff, 0x31, 0x2d}, 1},
      {"ge", {0x33, 0x33, 0x2a}, 1},
      {"gt", {0x33, 0x33, 0x2b}, 0},
      {"le", {0x33, 0x34, 0x2c}, 1},
      {"eq", {0x33, 0x34, 0x29}, 0},
      {"ne", {0x33, 0x34, 0x2e}, 1},
      {"skip", {0x31, 0x2f, 1, 0, 0x32, 0x96}, 1},
      {"bra taken", {0x37, 0x31, 0x28, 1, 0, 0x38}, 7},
      {"bra not taken", {0x37, 0x30, 0x28, 1, 0, 0x38}, 8},
      {"a loop without end", {0x31, 0x2f, 0xfc, 0xff}, {}},
      {"a jump past the end", {0x31, 0x2f, 9, 0}, {}},
      {"a jump before the beginning", {0x31, 0x2f, 0xf0, 0xff}, {}},
      {"deref", {0x0a, 0, 0x20, 0x06}, 0x2001},
      {"deref of what cannot be read", {0x31, 0x06}, {}},
      {"deref_size 1", {0x0a, 0x80, 0x20, 0x94, 1}, 0x81},
      {"deref_size 9", {0x0a, 0x80, 0x20, 0x94, 9}, {}},
      {"nothing on the stack", {0x13}, {}},
      {"no value at the end", {0x96}, {}},
      {"libcrypto: *(rsp + 8 + 8 * r9) + 8", {0x77, 8, 0x79, 0, 0x38, 0x1e, 0x22, 0x06, 0x23, 8}, 7917},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    CHECK(value_of(c.bytes) == c.value);
  }
  // libmvec: below the CFA, aligned.
  CHECK(value_of({0x38, 0x1c, 0x09, 0xc0, 0x1a, 0x09, 0x80, 0x22}, 0x10000) == 0x10000 - 64 - 128);
}

TEST_CASE("a frame expression has at most 16 values") {
  CHECK(value_of(Bytes(16, 0x31)) == 1);
  CHECK_FALSE(value_of(Bytes(17, 0x31)));
}

TEST_CASE("the pool keeps each expression once, and none that the machine does not know") {
  uint8_t memory[64] = {};
  ExpressionPool pool(memory, sizeof memory);
  const auto place_of = [&pool](const Bytes& bytes) {
    return pool.place_of({bytes.data(), bytes.data() + bytes.size(), 0});
  };
  CHECK(place_of({0x77, 8, 0x06}) == 0);
  CHECK(place_of({0x77, 9, 0x06}) == 4);
  CHECK(place_of({0x77, 8, 0x06}) == 0);
  CHECK(ExpressionPool::at(memory, 4).left() == 3);
  for (const Bytes& unknown : {Bytes{}, Bytes{0x03, 1, 2, 3, 4, 5, 6, 7, 8}, Bytes{0x18}, Bytes{0x50},
                               Bytes{0x81, 0}, Bytes{0x92, 17, 0}, Bytes{0x97}, Bytes{0x0c, 1}, Bytes{0x77}})
    CHECK(place_of(unknown) == -1);
  CHECK(place_of(Bytes(57, 0x31)) == -1);  // 56 bytes are left
  CHECK(place_of(Bytes(55, 0x31)) == 8);
}
