// Counts of stacks, as Go writes them with debug=1: "goroutine profile: total 7", then "1 @ 0x43a2 0x40c1",
// each followed by comments that say the same with names.
#include <algorithm>

#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

// The X of "X profile: total 7"; empty for anything else.
std::string_view counted(std::string_view line) {
  constexpr std::string_view kMiddle = " profile: total ";
  const size_t at = std::min(line.find_first_of(" \t"), line.size());
  if (at == 0 || !line.substr(at).starts_with(kMiddle)) return {};
  const std::string_view total = line.substr(at + kMiddle.size());
  const bool is_number = !total.empty() && total.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number ? line.substr(0, at) : std::string_view();
}

}  // namespace

bool detect_count(std::string_view bytes) {
  Lines lines(bytes);
  lines.skip_blank();
  return !counted(lines.line()).empty();
}

Result<Draft> read_count(std::string_view bytes) {
  Lines lines(bytes);
  lines.skip_blank();
  const std::string what(counted(lines.line()));
  Draft draft;
  draft.sample_types = {{what, "count"}};
  draft.period_type = {what, "count"};
  draft.period = 1;
  while (lines.next() && !lines.line().starts_with("---")) {
    if (is_blank_or_comment(lines.line())) continue;
    Cursor cursor(lines.line());
    int64_t count = 0;
    if (!cursor.take_number(count) || !cursor.take(" @")) return lines.malformed("it is no `count @ stack`");
    auto stack = parse_addresses(cursor.rest());
    if (!stack) return lines.malformed("an address has more than 64 bits");
    for (uint64_t& address : *stack) address--;  // from after the call to within it
    draft.add_sample(*stack, {count});
  }
  auto mappings = find_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft.mappings = std::move(*mappings);
  return draft;
}

}  // namespace prof::legacy
