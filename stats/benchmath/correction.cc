#include "stats/benchmath/correction.h"

#include <algorithm>
#include <numeric>

namespace bench {

std::vector<double> adjust(std::span<const double> p, Correction correction) {
  std::vector<double> adjusted(p.begin(), p.end());
  if (correction == Correction::kNone) return adjusted;
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p[a] < p[b]; });
  const auto count = static_cast<double>(p.size());
  double bound = correction == Correction::kHolm ? 0 : 1;
  if (correction == Correction::kHolm) {
    for (size_t i = 0; i < order.size(); i++) {
      bound = std::max(bound, std::min(1.0, p[order[i]] * (count - static_cast<double>(i))));
      adjusted[order[i]] = bound;
    }
  } else {
    for (size_t i = order.size(); i-- > 0;) {
      bound = std::min(bound, p[order[i]] * count / static_cast<double>(i + 1));
      adjusted[order[i]] = bound;
    }
  }
  return adjusted;
}

}  // namespace bench
