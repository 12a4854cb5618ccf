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
    if (low < high) entries_.push_back({low, high, 0, std::move(value)});
  }

  // Entries of equal start keep the order in which they were added.
  void build() {
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.low < b.low; });
    uint64_t highest = 0;
    for (Entry& entry : entries_) entry.highest = highest = std::max(highest, entry.high);
  }

  // What contains `address` and starts nearest to it (of equal starts, what was added last), or nullptr.
  // Logarithmic, plus the entries that start between that one and `address`.
  T* find(uint64_t address) {
    auto entry = std::upper_bound(entries_.begin(), entries_.end(), address,
                                  [](uint64_t a, const Entry& e) { return a < e.low; });
    while (entry != entries_.begin()) {
      --entry;
      if (address < entry->high) return &entry->value;
      if (address >= entry->highest) return nullptr;
    }
    return nullptr;
  }

  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    uint64_t low;
    uint64_t high;
    uint64_t highest;  // the largest `high` of this and all entries before it
    T value;
  };
  std::vector<Entry> entries_;
};

}  // namespace prof::symbols
