// Heap profiles: "heap profile: 1: 512 [3: 1536] @ heap_v2/524288", then lines of the same four numbers (in
// use, then allocated, each objects: bytes) and a stack. The word behind the @ is the version:
//   heapz_v2, heap_v2  sampled with the rate behind the slash
//   heap               the same, but the rate is twice what it was (Go wrote and pprof reads it so)
//   heapprofile        every allocation is in it
//   growthz, fragmentationz (or without z)  not sampled
#include <algorithm>

#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

struct Row {
  Amount in_use{0, 0}, allocated{0, 0};
  std::string_view rest;  // behind the @
};

std::optional<Row> parse_row(Cursor cursor) {
  Row row;
  const bool is_row = cursor.skip_spaces().take_number(row.in_use.count) && cursor.skip_spaces().take(":") &&
                      cursor.skip_spaces().take_number(row.in_use.size) && cursor.skip_spaces().take("[") &&
                      cursor.skip_spaces().take_number(row.allocated.count) &&
                      cursor.skip_spaces().take(":") &&
                      cursor.skip_spaces().take_number(row.allocated.size) &&
                      cursor.skip_spaces().take("]") && cursor.skip_spaces().take("@");
  if (!is_row) return std::nullopt;
  row.rest = cursor.skip_spaces().rest();
  return row;
}

struct Version {
  const char* name;
  bool is_sampled;
  int64_t rate_divisor;
};
constexpr Version kVersions[] = {
    {"heapz_v2", true, 1}, {"heap_v2", true, 1}, {"heapprofile", false, 1},    {"heap", true, 2},
    {"growthz", false, 1}, {"growth", false, 1}, {"fragmentationz", false, 1}, {"fragmentation", false, 1}};

struct Header {
  bool is_sampled = false;
  int64_t rate = 1;
  bool has_allocated = false;
};

std::optional<Header> parse_header(std::string_view line) {
  Cursor cursor(line);
  if (!cursor.take("heap profile:")) return std::nullopt;
  const auto row = parse_row(cursor);
  if (!row) return std::nullopt;
  const std::string_view name = row->rest.substr(0, row->rest.find_first_of("/ \t"));
  const auto version = std::find_if(std::begin(kVersions), std::end(kVersions),
                                    [&](const Version& v) { return name == v.name; });
  if (version == std::end(kVersions)) return std::nullopt;
  Header header;
  header.is_sampled = version->is_sampled;
  if (version->is_sampled) {
    header.rate = 0;
    Cursor rate(row->rest.substr(name.size()));
    if (rate.take("/")) rate.take_number(header.rate);
    header.rate /= version->rate_divisor;
  }
  const auto differs = [](int64_t in_use, int64_t allocated) {
    return allocated != in_use && allocated != 0;
  };
  header.has_allocated =
      !name.starts_with("growth") && !name.starts_with("fragmentation") &&
      (differs(row->in_use.count, row->allocated.count) || differs(row->in_use.size, row->allocated.size));
  return header;
}

std::string_view first_line(std::string_view bytes) {
  Lines lines(bytes);
  lines.next();
  return lines.line();
}

}  // namespace

bool detect_heap(std::string_view bytes) {
  return bytes.starts_with("heap profile:") && parse_header(first_line(bytes));
}

Result<Draft> read_heap(std::string_view bytes) {
  Lines lines(bytes);
  lines.next();
  const Header header = *parse_header(lines.line());
  Draft draft;
  draft.period_type = {"space", "bytes"};
  draft.period = header.rate;
  if (header.has_allocated) {
    draft.sample_types = {{"alloc_objects", "count"},
                          {"alloc_space", "bytes"},
                          {"inuse_objects", "count"},
                          {"inuse_space", "bytes"}};
  } else {
    draft.sample_types = {{"objects", "count"}, {"space", "bytes"}};
  }
  while (lines.next() && !is_memory_map_heading(lines.line())) {
    if (is_blank_or_comment(lines.line())) continue;
    const auto row = parse_row(Cursor(lines.line()));
    if (!row) return lines.malformed("it is no `objects: bytes [objects: bytes] @ stack`");
    auto stack = parse_addresses(row->rest);
    if (!stack) return lines.malformed("an address has more than 64 bits");
    for (uint64_t& address : *stack) address--;  // from after the call to within it
    int64_t object_size = 0;
    const auto add = [&](Amount amount) {
      if (amount.count == 0) return amount;
      object_size = amount.count == -1 ? multiply(amount.size, -1) : amount.size / amount.count;
      return header.is_sampled ? unsample(amount, header.rate) : amount;
    };
    if ((row->in_use.count == 0 && row->in_use.size != 0) ||
        (header.has_allocated && row->allocated.count == 0 && row->allocated.size != 0)) {
      return lines.malformed("it has bytes in no objects");
    }
    if (header.has_allocated) {
      const Amount allocated = add(row->allocated), in_use = add(row->in_use);
      draft.add_sample(*stack, {allocated.count, allocated.size, in_use.count, in_use.size}, object_size);
    } else {
      const Amount in_use = add(row->in_use);
      draft.add_sample(*stack, {in_use.count, in_use.size}, object_size);
    }
  }
  auto mappings = find_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft.mappings = std::move(*mappings);
  return draft;
}

}  // namespace prof::legacy
