#include "libprof/symbols/range_index.h"

#include <catch2/catch.hpp>
#include <optional>
#include <random>

using prof::symbols::RangeIndex;

namespace {

struct Range {
  uint64_t low, high;
};

// What contains `address` and starts nearest to it, by trying all.
std::optional<size_t> nearest(const std::vector<Range>& ranges, uint64_t address) {
  std::optional<size_t> best;
  for (size_t i = 0; i < ranges.size(); i++) {
    const bool contains = ranges[i].low <= address && address < ranges[i].high;
    if (contains && (!best || ranges[i].low >= ranges[*best].low)) best = i;
  }
  return best;
}

}  // namespace

TEST_CASE("of ranges that nest and overlap, the one that starts nearest is found") {
  std::mt19937 random(1);
  for (int turn = 0; turn < 200; turn++) {
    std::vector<Range> ranges;
    RangeIndex<size_t> index;
    for (size_t i = 0; i < 12; i++) {
      const uint64_t low = random() % 40;
      ranges.push_back({low, low + random() % 20});
      index.add(ranges[i].low, ranges[i].high, i);
    }
    index.build();
    for (uint64_t address = 0; address < 64; address++) {
      const size_t* const found = index.find(address);
      const auto wanted = nearest(ranges, address);
      REQUIRE((found != nullptr) == wanted.has_value());
      if (wanted) REQUIRE(*found == *wanted);
    }
  }
}

TEST_CASE("a range around very many others is found at once: each was looked at") {
  constexpr uint64_t kInner = 200'000;
  RangeIndex<uint64_t> index;
  index.add(0, kInner * 16 + 16, kInner);
  for (uint64_t i = 0; i < kInner; i++) index.add(16 * i, 16 * i + 8, i);
  index.build();
  // Linear, the lookups would take minutes.
  for (uint64_t i = 1; i <= kInner; i++) REQUIRE(*index.find(16 * i - 1) == kInner);
}
