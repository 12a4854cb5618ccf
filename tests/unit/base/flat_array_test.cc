#include "libprof/base/flat_array.h"

#include <catch2/catch.hpp>

using namespace prof;

TEST_CASE("an array keeps what it holds when it grows by pages, whatever its size") {
  FlatArray<uint32_t> array;
  const size_t sizes[] = {size_t{1} << 18, (size_t{9} << 18) + 1, (size_t{19} << 18) + 1025,
                          size_t{16} << 20};
  for (const size_t size : sizes) {
    array.reserve(size);
    while (array.size() < size) array.push_back(static_cast<uint32_t>(array.size() * 2654435761));
  }
  size_t wrong = 0;
  for (size_t i = 0; i < array.size(); i++) wrong += array[i] != static_cast<uint32_t>(i * 2654435761);
  CHECK(wrong == 0);
}
