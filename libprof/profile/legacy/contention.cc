// Contention profiles of C++: "--- contentionz 1 ---" (or mutex:, contention:), "name = value" lines, then
// lines of delay (cycles, or ns where no clock rate is given), count and stack.
#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

bool is_heading(std::string_view line) {
  return line.starts_with("--- contentionz ") || line.starts_with("--- mutex:") ||
         line.starts_with("--- contention:");
}

// Goes over blank lines to the next attribute; nothing where the samples or a heading begin.
std::optional<Attribute> next_attribute(Lines& lines) {
  while (lines.next()) {
    if (is_blank_or_comment(lines.line())) continue;
    if (trim(lines.line()).starts_with("---")) return std::nullopt;
    return parse_attribute(lines.line());
  }
  return std::nullopt;
}

}  // namespace

// Java's has the same heading, and a format.
bool detect_contention(std::string_view bytes) {
  if (!bytes.starts_with("--- ")) return false;
  Lines lines(bytes);
  lines.next();
  if (!is_heading(lines.line())) return false;
  while (const auto attribute = next_attribute(lines)) {
    if (attribute->key == "format" || attribute->key == "resolution") return false;
  }
  return true;
}

Result<Draft> read_contention(std::string_view bytes) {
  Draft draft;
  draft.sample_types = {{"contentions", "count"}, {"delay", "nanoseconds"}};
  draft.period_type = {"contentions", "count"};
  draft.period = 1;
  int64_t cycles_per_second = 0, ms_since_reset = 0, discarded = 0;
  const struct {
    const char* key;
    int64_t& value;
  } attributes[] = {{"cycles/second", cycles_per_second},
                    {"sampling period", draft.period},
                    {"ms since reset", ms_since_reset},
                    {"discarded samples", discarded}};
  Lines lines(bytes);
  lines.next();
  while (const auto attribute = next_attribute(lines)) {
    bool is_known = false;
    for (const auto& known : attributes) {
      if (attribute->key != known.key) continue;
      is_known = true;
      const auto number = parse_number(attribute->value);
      if (!number) return lines.malformed("its value is no number");
      known.value = *number;
    }
    if (!is_known) return lines.malformed("no contention profile has such an attribute");
  }
  draft.duration_ns = multiply(ms_since_reset, 1'000'000);

  do {
    if (is_blank_or_comment(lines.line())) continue;
    if (trim(lines.line()).starts_with("---")) break;
    Cursor cursor(lines.line());
    int64_t delay = 0, count = 0;
    if (!cursor.skip_spaces().take_number(delay) || !cursor.skip_spaces().take_number(count) ||
        !cursor.skip_spaces().take("@")) {
      return lines.malformed("it is no `delay count @ stack`");
    }
    auto stack = parse_addresses(cursor.rest());
    if (!stack) return lines.malformed("an address has more than 64 bits");
    for (uint64_t& address : *stack) address--;  // from after the call to within it
    if (draft.period > 0) {
      if (cycles_per_second > 0) {
        const double ghz = static_cast<double>(cycles_per_second) / 1e9;
        delay = saturate(static_cast<double>(delay) * static_cast<double>(draft.period) / ghz);
      }
      count = multiply(count, draft.period);
    }
    draft.add_sample(*stack, {count, delay});
  } while (lines.next());
  auto mappings = find_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft.mappings = std::move(*mappings);
  return draft;
}

}  // namespace prof::legacy
