// Heap profiles of jemalloc: "heap_v2/RATE", its totals, then stacks, each followed by what it allocated, in
// all threads ("t*") and in each:
//   @ 0x7f10 0x4011
//     t*: 3: 1536 [0: 0]
//     t0: 3: 1536 [0: 0]
// The second pair is zeros unless jemalloc runs with prof_accum. Threads are not told apart.
#include "libprof/profile/legacy/heap_rows.h"
#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

// Frames of its own that are not called like anybody's malloc: jeprof leaves them out, too. Debian's library
// has no names but those that its unwind table gives.
constexpr const char* kDrop =
    "(je_)?(malloc|calloc|realloc|aligned_alloc|memalign|posix_memalign|valloc|pvalloc|[mrx]allocx)|newImpl.*"
    "|"
    "libjemalloc\\.so.*";

std::optional<int64_t> rate_of(std::string_view header) {
  Cursor cursor(header);
  int64_t rate = 0;
  if (!cursor.take("heap_v2/") || !cursor.take_number(rate) || rate <= 0) return std::nullopt;
  return trim(cursor.rest()).empty() ? std::optional(rate) : std::nullopt;
}

// "t*: " or "t12: "; a cursor behind it.
std::optional<Cursor> thread_row(std::string_view line) {
  Cursor cursor(trim(line));
  int64_t number = 0;
  const bool is_row =
      cursor.take("t") && (cursor.take("*") || cursor.take_number(number)) && cursor.take(":");
  return is_row ? std::optional(cursor) : std::nullopt;
}

}  // namespace

bool detect_jemalloc(std::string_view bytes) {
  Lines lines(bytes.substr(0, 64));
  return lines.next() && rate_of(lines.line());
}

Result<Draft> read_jemalloc(std::string_view bytes) {
  Lines lines(bytes);
  lines.next();
  HeapKind kind{true, *rate_of(lines.line()), false};
  std::optional<Draft> draft;  // once the totals told whether there is a second pair
  std::optional<std::vector<uint64_t>> stack;
  while (lines.next() && !is_memory_map_heading(lines.line())) {
    const std::string_view line = trim(lines.line());
    if (line.empty()) continue;
    if (line.starts_with('@')) {
      stack = parse_addresses(line);
      if (!stack) return lines.malformed("an address has more than 64 bits");
      continue;
    }
    auto cursor = thread_row(line);
    const auto row = cursor ? take_heap_row(*cursor) : std::nullopt;
    if (!row) return lines.malformed("it is neither `@ stack` nor `thread: objects: bytes [objects: bytes]`");
    if (!line.starts_with("t*")) continue;
    if (!draft) {
      kind.has_allocated = row->has_allocated();
      draft = heap_draft(kind);
    }
    if (stack && !add_heap_sample(*draft, kind, *row, *stack)) {
      return lines.malformed("it has bytes in no objects");
    }
  }
  if (!draft) draft = heap_draft(kind);
  auto mappings = find_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft->mappings = std::move(*mappings);
  draft->drop_frames = kDrop;
  return std::move(*draft);
}

}  // namespace prof::legacy
