#include "libprof/profile/pages.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace prof;

TEST_CASE("pages that are not needed any more serve what is written next, and no byte elsewhere changes") {
  constexpr size_t kSize = size_t{1} << 20;
  Pages pages;
  REQUIRE(pages.reserve_lazily(4 * kSize));
  std::fill_n(pages.data(), kSize, 'a');
  const auto is_all = [&](size_t begin, size_t end, char c) {
    return std::all_of(pages.data() + begin, pages.data() + end, [&](char at) { return at == c; });
  };
  const size_t end = pages.reuse(100, kSize / 2 + 100, kSize - 5000);
  CHECK(end > kSize);
  CHECK(end <= 2 * kSize);
  std::fill(pages.data() + kSize, pages.data() + 3 * kSize, 'b');
  CHECK(is_all(0, 100, 'a'));
  CHECK(is_all(kSize / 2 + 100, kSize - 5000 + 100, 'a'));
  CHECK(is_all(kSize, 3 * kSize, 'b'));
  CHECK(pages.reuse(kSize, 2 * kSize, 4 * kSize - 8192) == 4 * kSize);  // no more than there is room for
  CHECK(pages.reuse(2 * kSize, 3 * kSize, 4 * kSize) == 4 * kSize);
  CHECK(pages.reuse(10, 20, 3 * kSize) == 3 * kSize);
}
