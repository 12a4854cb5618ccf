#include "libprof/profile/legacy/heap_rows.h"

namespace prof::legacy {

bool HeapRow::has_allocated() const {
  const auto differs = [](int64_t used, int64_t all) { return all != used && all != 0; };
  return differs(in_use.count, allocated.count) || differs(in_use.size, allocated.size);
}

std::optional<HeapRow> take_heap_row(Cursor& cursor) {
  HeapRow row;
  const bool is_row = cursor.skip_spaces().take_number(row.in_use.count) && cursor.skip_spaces().take(":") &&
                      cursor.skip_spaces().take_number(row.in_use.size) && cursor.skip_spaces().take("[") &&
                      cursor.skip_spaces().take_number(row.allocated.count) &&
                      cursor.skip_spaces().take(":") &&
                      cursor.skip_spaces().take_number(row.allocated.size) && cursor.skip_spaces().take("]");
  return is_row ? std::optional(row) : std::nullopt;
}

Draft heap_draft(const HeapKind& kind) {
  Draft draft;
  draft.period_type = {"space", "bytes"};
  draft.period = kind.rate;
  if (kind.has_allocated) {
    draft.sample_types = {{"alloc_objects", "count"},
                          {"alloc_space", "bytes"},
                          {"inuse_objects", "count"},
                          {"inuse_space", "bytes"}};
  } else {
    draft.sample_types = {{"objects", "count"}, {"space", "bytes"}};
  }
  return draft;
}

bool add_heap_sample(Draft& draft, const HeapKind& kind, const HeapRow& row, std::vector<uint64_t> stack) {
  for (uint64_t& address : stack) address--;  // from after the call to within it
  if ((row.in_use.count == 0 && row.in_use.size != 0) ||
      (kind.has_allocated && row.allocated.count == 0 && row.allocated.size != 0)) {
    return false;
  }
  int64_t object_size = 0;
  const auto add = [&](Amount amount) {
    if (amount.count == 0) return amount;
    object_size = amount.count == -1 ? multiply(amount.size, -1) : amount.size / amount.count;
    return kind.is_sampled ? unsample(amount, kind.rate) : amount;
  };
  if (kind.has_allocated) {
    const Amount allocated = add(row.allocated), in_use = add(row.in_use);
    draft.add_sample(stack, {allocated.count, allocated.size, in_use.count, in_use.size}, object_size);
  } else {
    const Amount in_use = add(row.in_use);
    draft.add_sample(stack, {in_use.count, in_use.size}, object_size);
  }
  return true;
}

}  // namespace prof::legacy
