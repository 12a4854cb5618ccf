#include "libprof/base/hash.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace prof;

TEST_CASE("texts of every length and with one bit changed have hashes of their own", "[hash]") {
  std::set<uint64_t> seen;
  size_t count = 0;
  for (size_t size = 0; size <= 70; size++) {
    std::string text(size, '\0');
    seen.insert(hash_of(text));
    count++;
    for (size_t bit = 0; bit < size * 8; bit++) {
      text[bit / 8] = static_cast<char>(1 << bit % 8);
      seen.insert(hash_of(text));
      text[bit / 8] = '\0';
      count++;
    }
  }
  CHECK(seen.size() == count);
}

TEST_CASE("numbers that follow each other spread over the low bits and over the high ones", "[hash]") {
  // 2^16 throws into 2^16 boxes leave 36.8% empty; six standard deviations are 0.7%.
  const auto filled = [](auto&& box) {
    std::set<uint64_t> boxes;
    for (uint64_t i = 0; i < 65536; i++) boxes.insert(box(hash_with(hash_with(0, i / 256), i % 256)));
    return static_cast<double>(boxes.size()) / 65536;
  };
  for (const double share :
       {filled([](uint64_t h) { return h & 0xffff; }), filled([](uint64_t h) { return h >> 48; })}) {
    CHECK(share > 0.625);
    CHECK(share < 0.640);
  }
}

TEST_CASE("the order of what is hashed counts", "[hash]") {
  CHECK(hash_with(hash_with(0, 1), 2) != hash_with(hash_with(0, 2), 1));
  CHECK(hash_of("ab") != hash_of("ba"));
}
