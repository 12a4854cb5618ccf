#include "flamegraph/stacks.h"

#include <algorithm>
#include <numeric>

namespace prof::flame {

std::vector<uint32_t> Stacks::in_order(std::span<const uint32_t> group) const {
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (!group.empty() && group[a] != group[b]) return group[a] < group[b];
    const auto one = of(a), other = of(b);
    const auto less =
        std::lexicographical_compare_three_way(one.begin(), one.end(), other.begin(), other.end());
    return less != 0 ? less < 0 : a < b;
  });
  return order;
}

Stacks stacks_of(const report::View& view, const FrameTable& table,
                 const std::function<bool(int64_t value)>& wanted) {
  Stacks stacks;
  for (size_t i = 0; i < view.profile().sample_count(); i++) {
    if (!view.keeps(i) || !wanted(view.value().of(view.profile(), i))) continue;
    const auto stack = view.stack(i);
    for (size_t at = stack.size(); at-- > 0;) {
      const auto frames = table.of_location(stack[at]);
      stacks.frames.insert(stacks.frames.end(), frames.begin(), frames.end());
    }
    stacks.ends.push_back(stacks.frames.size());
    stacks.samples.push_back(static_cast<uint32_t>(i));
  }
  return stacks;
}

int64_t saturating_sum(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b < 0 ? INT64_MIN : INT64_MAX;
  return sum;
}

}  // namespace prof::flame
