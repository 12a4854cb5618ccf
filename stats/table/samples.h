// Storage of samples: arrays of doubles that stay where they are, in few allocations.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace bench {

class Samples {
 public:
  // An array whose values are not set.
  std::span<double> make(size_t size) {
    if (size > free_.size()) {
      const size_t block = std::max(size, kBlock);
      blocks_.push_back(std::make_unique_for_overwrite<double[]>(block));
      free_ = {blocks_.back().get(), block};
    }
    const std::span<double> made = free_.first(size);
    free_ = free_.subspan(size);
    return made;
  }
  std::span<double> copy(std::span<const double> values) {
    const std::span<double> made = make(values.size());
    std::copy(values.begin(), values.end(), made.begin());
    return made;
  }

 private:
  static constexpr size_t kBlock = 1 << 15;
  std::vector<std::unique_ptr<double[]>> blocks_;
  std::span<double> free_;  // what is left of the last block
};

}  // namespace bench
