// Packed numbers of every length, wherever a block of bytes ends and however few may be read behind them.
#include "libprof/profile/packed.h"

#include <catch2/catch.hpp>
#include <protozero/buffer_string.hpp>
#include <protozero/varint.hpp>
#include <random>
#include <string>
#include <vector>

using namespace prof;

namespace {

std::vector<uint64_t> read(const std::string& bytes, size_t size) {
  std::vector<uint64_t> all;
  packed_numbers(std::string_view(bytes).substr(0, size), bytes.data() + bytes.size(),
                 [&](uint64_t number) { all.push_back(number); });
  return all;
}

}  // namespace

TEST_CASE("packed numbers of one to ten bytes are read, whatever follows them") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; round++) {
    std::vector<uint64_t> numbers;
    std::string bytes;
    const unsigned most_bits = 1 + static_cast<unsigned>(random() % 64);
    for (uint64_t left = random() % 100; left > 0; left--) {
      numbers.push_back(random() >> (64 - 1 - random() % most_bits));
      protozero::add_varint_to_buffer(&bytes, numbers.back());
    }
    const size_t size = bytes.size();
    bytes += std::string(random() % 200, static_cast<char>(random()));
    CHECK(read(bytes, size) == numbers);
  }
}

TEST_CASE("packed numbers that end in the middle of one are cut short") {
  for (const size_t before : {0, 1, 62, 63, 64, 65, 127, 128, 200}) {
    for (const size_t after : {0, 1, 80}) {
      const std::string bytes = std::string(before, '\1') + '\x80' + std::string(after, '\1');
      CHECK_THROWS_AS(read(bytes, before + 1), protozero::end_of_buffer_exception);
    }
  }
}

TEST_CASE("a packed number of more than ten bytes is none") {
  const std::string bytes = std::string(30, '\1') + std::string(10, '\x80') + std::string(90, '\1');
  CHECK_THROWS_AS(read(bytes, 60), protozero::varint_too_long_exception);
}
