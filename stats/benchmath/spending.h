// Looking at the data more than once: how small p must be at each look so that all looks together are wrong
// with probability alpha. Alpha spending by Lan and DeMets (1983) with the function that approximates the
// boundaries of O'Brien and Fleming (1979); the levels by the recursive integration of Armitage, McPherson
// and Rowe (1969).
#pragma once

#include <algorithm>
#include <cstddef>
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

// Several tests that are corrected together at each look (Holm, Benjamini-Hochberg). The looks of one test
// repeat each other, those of the least of many p-values hardly do: levels that are right for one add up to
// more for many. Here each test spends alpha / tests, and a look tests at `tests` times its level: the least
// p-value is then compared with what its test alone may spend (Bonferroni over tests, spending over looks).
class FamilySpending {
 public:
  FamilySpending(double alpha, size_t tests)
      : tests_(static_cast<double>(std::max<size_t>(tests, 1))), one_(alpha / tests_) {}

  double next(double share) { return tests_ * one_.next(share); }

 private:
  double tests_;
  AlphaSpending one_;
};

}  // namespace bench
