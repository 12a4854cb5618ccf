// The gaps of a Poisson process over bytes: exponentially distributed, so that a byte's chance of being the
// sampled one does not depend on what came before. In integers: random.h. Freestanding: no libm in a target.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "libprof/agent/random.h"

namespace prof::agent {

// -ln(x / 2^64) for x > 0, in units of 2^-57, within 1e-8: ln(m) = 2 atanh((m - 1) / (m + 1)) for the
// mantissa m in [1, 2).
constexpr uint64_t negative_log(uint64_t x) {
  constexpr uint64_t kLn2 = 0x162e42fefa39ef3;  // in the same units
  constexpr uint64_t kOne = uint64_t{1} << 63;
  const auto times = [](uint64_t a, uint64_t b) { return static_cast<uint64_t>(Product{a} * b >> 64); };
  const int zeros = std::countl_zero(x);
  const uint64_t m = x << zeros;
  const auto s = static_cast<uint64_t>((Product{m - kOne} << 63) / (m / 2 + kOne / 2));  // of 2^-64
  const uint64_t s2 = times(s, s);
  uint64_t sum = 0;
  for (uint64_t k = 15; k > 1; k -= 2) sum = times(sum + kOne / k, s2);
  return (static_cast<uint64_t>(zeros) + 1) * kLn2 - (times(s, sum + kOne) >> 5);
}

// Bytes up to and including the next sampled one, with `mean` between samples.
constexpr int64_t next_gap(Random& random, uint64_t mean) {
  const Product gap = Product{negative_log(random.next() | 1)} * mean >> 57;
  return static_cast<int64_t>(std::min<Product>(gap, INT64_MAX));
}

}  // namespace prof::agent
