// The edges that samples have, summed up. Asked for each frame of each sample: all that a frame touches of
// its edge is in one cache line.
#pragma once

#include <cstdint>
#include <vector>

#include "libprof/base/hash.h"
#include "libprof/report/graph.h"

namespace prof::report {

class EdgeTable {
 public:
  struct alignas(32) Entry {
    uint32_t from = 0, to = 0;  // no edge is from 0 to 0: its ends differ
    Sum weight;
    uint32_t seen = 0;  // the caller's own: the last sample that counted the edge
    bool residual = false, is_inline = true;
  };

  // `from` is not `to`. Good until the next call.
  Entry& find_or_add(uint32_t from, uint32_t to) {
    if (2 * (order_.size() + 1) > entries_.size()) grow();
    Entry& entry = find(from, to);
    if (is_free(entry)) {
      entry.from = from;
      entry.to = to;
      order_.push_back({from, to});
    }
    return entry;
  }

  // In the order in which they were added.
  std::vector<Edge> edges() {
    std::vector<Edge> edges;
    edges.reserve(order_.size());
    for (const auto& [from, to] : order_) {
      const Entry& entry = find(from, to);
      edges.push_back({from, to, entry.weight, entry.residual, entry.is_inline});
    }
    return edges;
  }

 private:
  struct Ends {
    uint32_t from, to;
  };

  static bool is_free(const Entry& entry) { return entry.from == entry.to; }

  // Its own or the empty one that it goes to.
  Entry& find(uint32_t from, uint32_t to) {
    uint64_t at = hash_with(from, to);
    for (;; at++) {
      Entry& entry = entries_[at & (entries_.size() - 1)];
      if ((entry.from == from && entry.to == to) || is_free(entry)) return entry;
    }
  }

  void grow() {
    std::vector<Entry> before(entries_.empty() ? 256 : 2 * entries_.size());  // a power of two
    before.swap(entries_);
    for (const Entry& entry : before) {
      if (!is_free(entry)) find(entry.from, entry.to) = entry;
    }
  }

  std::vector<Entry> entries_;
  std::vector<Ends> order_;
};

}  // namespace prof::report
