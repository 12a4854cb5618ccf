// No input asks for more memory than a multiple of its size: the inputs below are those that ask for most,
// byte by byte, of each format. What is compressed counts decompressed; for how much that may be, see
// codec.h.
#include <catch2/catch.hpp>

#include "libprof/profile/codec.h"
#include "tests/support/peak.h"

using namespace prof;

namespace {

constexpr size_t kSize = size_t{2} << 20;
constexpr uint64_t kFixed = uint64_t{4} << 20;  // whatever the size

template <typename Piece>
std::string filled(std::string head, Piece&& piece) {
  for (uint64_t i = 0; head.size() < kSize; i++) head += piece(i);
  return head;
}

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string message(char field, const std::string& body) {
  return static_cast<char>(field << 3 | 2) + varint(body.size()) + body;
}

std::string number(char field, uint64_t value) { return static_cast<char>(field << 3) + varint(value); }

}  // namespace

TEST_CASE("memory is bounded by a multiple of the input's size") {
  const std::string type = message(6, "") + message(6, "cpu") + message(1, number(1, 1) + number(2, 1));
  const auto word = [](uint64_t value) { return std::string(reinterpret_cast<const char*>(&value), 8); };
  const struct {
    const char* what;
    uint64_t multiple;
    std::string bytes;
  } cases[] = {
      {"profile.proto: strings", kMemoryMultiple,
       filled(type, [](uint64_t i) { return message(6, varint(i * 7919)); })},
      {"profile.proto: mappings", kMemoryMultiple,
       filled(type, [](uint64_t i) { return message(3, number(1, i + 1)); })},
      {"profile.proto: functions, ids far apart", kMemoryMultiple,
       filled(type, [](uint64_t i) { return message(5, number(1, (i + 1) * 1000)); })},
      {"profile.proto: locations", kMemoryMultiple,
       filled(type, [](uint64_t i) { return message(4, number(1, i + 1)); })},
      {"profile.proto: lines", kMemoryMultiple,
       type + message(5, number(1, 1)) +
           message(4, number(1, 1) + filled("", [](uint64_t) { return message(4, number(1, 1)); }))},
      {"profile.proto: samples", kMemoryMultiple,
       filled(type, [](uint64_t) { return message(2, number(2, 1)); })},
      {"profile.proto: samples, each apart", kMemoryMultiple,
       filled(type, [](uint64_t) { return message(2, number(2, 1)) + number(9, 1); })},
      {"profile.proto: labels", kMemoryMultiple,
       filled(type, [](uint64_t) { return message(2, number(2, 1) + message(3, "") + message(3, "")); })},
      {"profile.proto: sample types", kMemoryMultiple, filled(type, [](uint64_t) { return message(1, ""); })},
      {"CPU words", kMemoryMultiple,
       filled(word(0) + word(3) + word(0) + word(1) + word(0),
              [&](uint64_t i) { return word(1) + word(1) + word(0x10000 + i * 16); })},
      {"heap text", kMemoryMultiple,
       filled("heap profile: 1: 1 [1: 1] @ heap_v2/1\n",
              [](uint64_t i) { return "1:1[1:1]@0x" + std::to_string(i) + "\n"; })},
      {"count text", kMemoryMultiple,
       filled("goroutine profile: total 1\n1 @", [](uint64_t i) { return " 0x" + std::to_string(i); })},
      {"folded stacks", kMemoryMultiple,
       filled("a;b 1\n", [](uint64_t i) { return std::to_string(i) + ";a 1\n"; })},
      {"folded stacks, one deep", kMemoryMultiple,
       filled("a;b 1\na", [](uint64_t i) { return ";" + std::to_string(i); }) + " 1"},
      {"perf script", kMemoryMultiple,
       filled("c 1 1.0: e:\n", [](uint64_t i) { return " 0 " + std::to_string(i) + "\n"; })},
  };
  for (const auto& c : cases) {
    const uint64_t peak = test::peak_bytes([&] { (void)decode_profile(std::string_view(c.bytes)); });
    if (peak == 0) {
      WARN("skipped: memory cannot be measured here");
      return;
    }
    INFO(c.what << ": " << static_cast<double>(peak) / static_cast<double>(c.bytes.size())
                << " times its size");
    CHECK(peak < c.multiple * c.bytes.size() + kFixed);
  }
}
