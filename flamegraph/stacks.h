// The stacks of a view's samples one after the other, for exports that need them in order.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "flamegraph/frames.h"

namespace prof::flame {

// Memory is 4 bytes a frame and 12 a stack.
struct Stacks {
  std::vector<uint32_t> frames;  // of all stacks, root first
  std::vector<uint64_t> ends;    // of each stack, in `frames`
  std::vector<uint32_t> samples;

  size_t size() const { return samples.size(); }
  std::span<const uint32_t> of(uint32_t i) const {
    const uint64_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(frames).subspan(begin, ends[i] - begin);
  }
  // Positions, by what the frames' numbers are; by `group` of each stack before, where it is given. Equal
  // stacks stay in their order.
  std::vector<uint32_t> in_order(std::span<const uint32_t> group = {}) const;
};

// Of the samples that the view keeps and whose value is `wanted`.
Stacks stacks_of(const report::View& view, const FrameTable& table,
                 const std::function<bool(int64_t value)>& wanted);

// a + b, or the nearest that there is.
int64_t saturating_sum(int64_t a, int64_t b);

}  // namespace prof::flame
