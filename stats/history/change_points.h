// Where a series of values, one a commit, changes its level: hierarchical bisection by the energy statistic
// (E-divisive: Matteson and James 2014), and a t-test between the neighbours that are left (as in Hunter:
// Fleming, Kolaczkowski and others 2023).
//
// Not for: single odd points (a level has two points or more), slow drift (it becomes steps), a rise that is
// taken back soon: bisection sees little of it where both ends are alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {

struct ChangePoint {
  size_t index = 0;   // the first point of the new level
  double p = 1;       // of the permutation test that found it
  double before = 0;  // medians of the levels on both sides of it
  double after = 0;
};

struct ChangePointOptions {
  // The chance that a series which does not change is said to change: a bound where its points can be
  // exchanged for each other.
  double alpha = 0.01;
  uint64_t seed = 1;
};

// In order of index. Values are finite. A split of n points is tested against 1/alpha * 10 - 1 permutations
// of them, fewer where it is clear early that it is none: O(n log n) each. The same seed gives the same
// answer.
std::vector<ChangePoint> find_change_points(std::span<const double> series,
                                            const ChangePointOptions& options);

// The fewest points among which a change can be found at this level: below it, too few permutations differ.
size_t points_for_change(double alpha);

}  // namespace bench
