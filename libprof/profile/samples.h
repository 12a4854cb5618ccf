// The samples of a profile, columnar: what each holds follows what the one before holds.
#pragma once

#include <cstdint>
#include <span>

#include "libprof/base/flat_array.h"

namespace prof {

using StringId = uint32_t;  // index of an interned string; 0 is ""

struct Label {
  StringId key = 0;
  StringId str = 0;  // a text label where non-zero,
  int64_t num = 0;   // else a numeric one
  StringId num_unit = 0;
  // A number though it is 0 and has no unit. Old formats have such labels; of profile.proto, which does not
  // write zeros, a label that has nothing is none.
  bool is_zero = false;
};

// Part `i` of `all`, whose parts follow each other and end at `ends`.
template <typename T>
std::span<const T> slice_of(const FlatArray<T>& all, const FlatArray<uint64_t>& ends, size_t i) {
  const uint64_t begin = i == 0 ? 0 : ends[i - 1];
  return {all.data() + begin, ends[i] - begin};
}

struct Samples {
  FlatArray<uint32_t> stacks;      // location indices, leaf first, of all samples
  FlatArray<uint64_t> stack_ends;  // of each sample, in `stacks`
  FlatArray<int64_t> values;       // one a sample type, of each sample
  FlatArray<Label> labels;
  FlatArray<uint64_t> label_ends;  // of each sample, in `labels`; empty where none has any

  size_t size() const { return stack_ends.size(); }
  std::span<const uint32_t> stack(size_t i) const { return slice_of(stacks, stack_ends, i); }
  std::span<const Label> labels_of(size_t i) const {
    return label_ends.empty() ? std::span<const Label>() : slice_of(labels, label_ends, i);
  }

  // What was pushed onto stacks, values and labels since the last call is a sample.
  void end_sample() {
    if (!labels.empty()) {
      label_ends.resize(stack_ends.size(), 0);  // of those before the first one with labels
      label_ends.push_back(labels.size());
    }
    stack_ends.push_back(stacks.size());
  }
  void clear() {  // keeps the room
    stacks.clear();
    stack_ends.clear();
    values.clear();
    labels.clear();
    label_ends.clear();
  }
};

}  // namespace prof
