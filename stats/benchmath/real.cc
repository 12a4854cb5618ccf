#include "stats/benchmath/real.h"

#include <cmath>
#include <limits>

namespace bench {

// Sun's fdlibm method (e_log.c, 1993): x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), then log(1 + f) by
// a polynomial in (f / (2 + f))^2; ln 2 in two parts, so that k times the first is exact. Below one unit in
// the last place.
double log_portable(double x) {
  if (std::isnan(x) || x == std::numeric_limits<double>::infinity()) return x;
  if (x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return -std::numeric_limits<double>::infinity();
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  constexpr double kP[] = {6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
                           2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
                           1.479819860511658591e-01};
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < M_SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  const double f = mantissa - 1, k = exponent;
  const double s = f / (2 + f), s2 = s * s, s4 = s2 * s2;
  const double odd = s2 * (kP[0] + s4 * (kP[2] + s4 * (kP[4] + s4 * kP[6])));
  const double even = s4 * (kP[1] + s4 * (kP[3] + s4 * kP[5]));
  const double half_square = 0.5 * f * f;
  return k * kLn2High - ((half_square - (s * (half_square + (odd + even)) + k * kLn2Low)) - f);
}

// x = k ln 2 + r; expm1(r / 16) by its series to the eighth term, then four times (1 + y)^2 - 1 = y (y + 2).
// The fused multiply-adds are part of the definition, hence spelled out.
double exp_portable(double x) {
  if (std::isnan(x) || x == std::numeric_limits<double>::infinity()) return x;
  if (x == -std::numeric_limits<double>::infinity()) return 0;
  if (x > 7.09782712893384e+02) return std::numeric_limits<double>::infinity();
  if (x < -7.6e+02) return 0;
  constexpr double kLn2High = 0.69314718055966295651160180568695068359375;
  constexpr double kLn2Low = 0.28235290563031577122588448175013436025525412068e-12;
  constexpr double kInverse[] = {1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0};
  const double k = std::nearbyint(x * M_LOG2E);
  double r = std::fma(-k, kLn2High, x);
  r = std::fma(-k, kLn2Low, r) * 0.0625;
  double y = kInverse[0];
  for (int i = 1; i < 8; i++) y = std::fma(y, r, kInverse[i]);
  y = r * y;
  for (int i = 0; i < 3; i++) y = y * (y + 2);
  return std::ldexp(std::fma(y, y + 2, 1.0), static_cast<int>(k));
}

// Below 8! the logarithm of the factorial; above Stirling's series with fdlibm's coefficients (e_lgamma_r.c,
// 1993).
double log_factorial(int n) {
  constexpr int kSeries = 7;
  if (n < kSeries) {
    double factorial = 1;
    for (int i = 2; i <= n; i++) factorial *= i;
    return log_portable(factorial);
  }
  constexpr double kW[] = {4.18938533204672725052e-01,  8.33333333333329678849e-02,
                           -2.77777777728775536470e-03, 7.93650558643019558500e-04,
                           -5.95187557450339963135e-04, 8.36339918996282139126e-04,
                           -1.63092934096575273989e-03};
  const double x = n + 1.0, z = 1 / x, y = z * z;
  const double series =
      kW[0] + z * (kW[1] + y * (kW[2] + y * (kW[3] + y * (kW[4] + y * (kW[5] + y * kW[6])))));
  return (x - 0.5) * (log_portable(x) - 1) + series;
}

std::optional<double> geometric_mean(std::span<const double> values) {
  double mean = 0;
  double count = 0;
  for (const double value : values) {
    if (value <= 0) return std::nullopt;
    count++;
    mean += (log_portable(value) - mean) / count;
  }
  const double result = exp_portable(mean);
  if (values.empty() || std::isnan(result)) return std::nullopt;
  return result;
}

}  // namespace bench
