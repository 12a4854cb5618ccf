// Looking at the data more than once: how small p must be at each look so that all looks together are wrong
// with probability alpha. Alpha spending by Lan and DeMets (1983) with the function that approximates the
// boundaries of O'Brien and Fleming (1979); the levels by the recursive integration of Armitage, McPherson
// and Rowe (1969).
#pragma once

#include <vector>

namespace bench {

// Two-sided nominal levels, one a look, looks taken in order. 0 < alpha < 1.
class AlphaSpending {
 public:
  explicit AlphaSpending(double alpha) : alpha_(alpha) {}

  // What may have been spent at information `share` in (0, 1]: 4 - 4 Phi(z(alpha / 4) / sqrt(share)).
  double spent(double share) const;
  // The level of the next look, at a larger `share` of all information than those before. O(grid^2).
  double next(double share);

 private:
  double alpha_;
  double last_share_ = 0, last_spent_ = 0;
  // The density of the score (Brownian motion at last_share_) where no look has stopped, on a grid.
  std::vector<double> at_, density_;
};

}  // namespace bench
