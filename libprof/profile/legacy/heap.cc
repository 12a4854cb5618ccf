// Heap profiles: "heap profile: 1: 512 [3: 1536] @ heap_v2/524288", then lines of the same four numbers (in
// use, then allocated, each objects: bytes) and a stack. The word behind the @ is the version:
//   heapz_v2, heap_v2  sampled with the rate behind the slash
//   heap               the same, but the rate is twice what it was (Go wrote and pprof reads it so)
//   heapprofile        every allocation is in it
//   growthz, fragmentationz (or without z)  not sampled
#include <algorithm>

#include "libprof/profile/legacy/heap_rows.h"
#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

struct Row {
  HeapRow amounts;
  std::string_view rest;  // behind the @
};

std::optional<Row> parse_row(Cursor cursor) {
  const auto amounts = take_heap_row(cursor);
  if (!amounts || !cursor.skip_spaces().take("@")) return std::nullopt;
  return Row{*amounts, cursor.skip_spaces().rest()};
}

struct Version {
  const char* name;
  bool is_sampled;
  int64_t rate_divisor;
};
constexpr Version kVersions[] = {
    {"heapz_v2", true, 1}, {"heap_v2", true, 1}, {"heapprofile", false, 1},    {"heap", true, 2},
    {"growthz", false, 1}, {"growth", false, 1}, {"fragmentationz", false, 1}, {"fragmentation", false, 1}};

std::optional<HeapKind> parse_header(std::string_view line) {
  auto cursor = Cursor::behind("heap profile:", line);
  if (!cursor) return std::nullopt;
  const auto row = parse_row(*cursor);
  if (!row) return std::nullopt;
  const std::string_view name = row->rest.substr(0, row->rest.find_first_of("/ \t"));
  const auto version = std::find_if(std::begin(kVersions), std::end(kVersions),
                                    [&](const Version& v) { return name == v.name; });
  if (version == std::end(kVersions)) return std::nullopt;
  HeapKind header;
  header.is_sampled = version->is_sampled;
  if (version->is_sampled) {
    header.rate = 0;
    Cursor rate(row->rest.substr(name.size()));
    if (rate.take("/")) rate.take_number(header.rate);
    header.rate /= version->rate_divisor;
  }
  header.has_allocated =
      !name.starts_with("growth") && !name.starts_with("fragmentation") && row->amounts.has_allocated();
  return header;
}

std::string_view first_line(std::string_view bytes) {
  Lines lines(bytes);
  lines.next();
  return lines.line();
}

}  // namespace

bool detect_heap(std::string_view bytes) { return parse_header(first_line(bytes)).has_value(); }

Result<Draft> read_heap(std::string_view bytes) {
  Lines lines(bytes);
  lines.next();
  const HeapKind header = *parse_header(lines.line());
  Draft draft = heap_draft(header);
  while (lines.next() && !is_memory_map_heading(lines.line())) {
    if (is_blank_or_comment(lines.line())) continue;
    const auto row = parse_row(Cursor(lines.line()));
    if (!row) return lines.malformed("it is no `objects: bytes [objects: bytes] @ stack`");
    const auto stack = parse_addresses(row->rest);
    if (!stack) return lines.malformed("an address has more than 64 bits");
    if (!add_heap_sample(draft, header, row->amounts, *stack)) {
      return lines.malformed("it has bytes in no objects");
    }
  }
  auto mappings = find_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft.mappings = std::move(*mappings);
  return draft;
}

}  // namespace prof::legacy
