// Logarithm, exponential and geometric mean whose last digit is the same on every machine, and the same as
// benchstat's: shortest-digit output makes a difference in the last bit visible.
#pragma once

#include <optional>
#include <span>

namespace bench {

double log_portable(double x);
double exp_portable(double x);
double log_factorial(int n);

// exp of the running mean of the logarithms. Empty where there are no values or one is not > 0.
std::optional<double> geometric_mean(std::span<const double> values);

}  // namespace bench
