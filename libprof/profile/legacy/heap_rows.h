// What the formats of heap profiles share: rows of objects and bytes, in use and allocated, and the samples
// that they become.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "libprof/profile/legacy/draft.h"
#include "libprof/profile/legacy/text.h"

namespace prof::legacy {

struct HeapRow {
  Amount in_use{0, 0}, allocated{0, 0};

  // Whether it tells of more than of what is in use.
  bool has_allocated() const;
};

// "1: 512 [3: 1536]"
std::optional<HeapRow> take_heap_row(Cursor& cursor);

struct HeapKind {
  bool is_sampled = false;
  int64_t rate = 1;
  bool has_allocated = false;
};

// Its sample types and period.
Draft heap_draft(const HeapKind& kind);

// `stack`: of return addresses. False, and nothing added, where there are bytes in no objects.
bool add_heap_sample(Draft& draft, const HeapKind& kind, const HeapRow& row, std::vector<uint64_t> stack);

}  // namespace prof::legacy
