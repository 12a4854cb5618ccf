// The gaps of a Poisson process over bytes: exponentially distributed, so that a byte's chance of being the
// sampled one does not depend on what came before. Freestanding: no libm in a target.
#pragma once

#include <bit>
#include <cstdint>

#include "libprof/agent/random.h"

namespace prof::agent {

// -ln(x) for x in (0, 1], within 1e-8: ln(m) = 2 atanh((m - 1) / (m + 1)) for the mantissa m in [1, 2).
constexpr double negative_log(double x) {
  const auto bits = std::bit_cast<uint64_t>(x);
  const auto exponent = static_cast<double>(static_cast<int64_t>(bits >> 52) - 1023);
  const auto m = std::bit_cast<double>((bits & 0xfffffffffffff) | uint64_t{1023} << 52);
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double sum = 0;
  for (int k = 15; k >= 1; k -= 2) sum = sum * s2 + 1.0 / k;
  constexpr double kLn2 = 0.693147180559945309417;
  const double result = -(exponent * kLn2 + 2 * s * sum);
  return result > 0 ? result : 0;
}

// Bytes up to and including the next sampled one, with `mean` between samples.
constexpr int64_t next_gap(Random& random, uint64_t mean) {
  return static_cast<int64_t>(negative_log(random.unit()) * static_cast<double>(mean));
}

}  // namespace prof::agent
