// Address ranges, possibly nested or overlapping, with what lies there: the index under symbols, compilation
// units and functions. Fill with add(), then build() once, then find().
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace prof::symbols {

template <typename T>
class RangeIndex {
 public:
  void add(uint64_t low, uint64_t high, T value) {
    if (low < high) entries_.push_back({low, high, kNone, std::move(value)});
  }

  // Entries of equal start keep the order in which they were added.
  void build() {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.low < b.low; });
    for (size_t i = 1; i < entries_.size(); i++) {
      size_t at = i - 1;
      while (at != kNone && entries_[at].high <= entries_[i].high) at = entries_[at].enclosing;
      entries_[i].enclosing = at;
    }
  }

  // What contains `address` and starts nearest to it (of equal starts, what was added last), or nullptr.
  // Logarithmic, plus the entries around the last one before `address`.
  T* find(uint64_t address) {
    const auto behind = std::upper_bound(entries_.begin(), entries_.end(), address,
                                         [](uint64_t a, const Entry& e) { return a < e.low; });
    size_t at = behind == entries_.begin() ? kNone : static_cast<size_t>(behind - entries_.begin()) - 1;
    while (at != kNone && address >= entries_[at].high) at = entries_[at].enclosing;
    return at == kNone ? nullptr : &entries_[at].value;
  }

  bool empty() const { return entries_.empty(); }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  struct Entry {
    uint64_t low;
    uint64_t high;
    size_t enclosing;  // the nearest entry before it that ends behind it: those between contain nothing more
    T value;
  };
  std::vector<Entry> entries_;
};

}  // namespace prof::symbols
