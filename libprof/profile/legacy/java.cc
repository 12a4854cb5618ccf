// Java's heap and contention profiles: "--- heapz 1 ---" or "--- contentionz 1 ---", "name = value" lines,
// lines of "bytes objects @ stack" or "delay count @ stack", then what the stacks' numbers stand for.
#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/text.h"

namespace prof::legacy {
namespace {

constexpr int64_t kHeapRate = 512 << 10;  // of every Java heap profile

Symbol parse_symbol(std::string_view text) {
  const size_t open = text.rfind(" (");
  if (open != std::string_view::npos && text.ends_with(")")) {
    std::string_view place = text.substr(open + 2, text.size() - open - 3);
    const std::string function(trim(text.substr(0, open)));
    const size_t colon = place.rfind(':');
    const auto line =
        colon == std::string_view::npos || colon == 0 ? std::nullopt : parse_number(place.substr(colon + 1));
    if (line) return {function, std::string(place.substr(0, colon)), std::max<int64_t>(*line, 0)};
    while (place.ends_with('/')) place.remove_suffix(1);  // a library: its name says enough
    return {function, std::string(place.substr(place.rfind('/') + 1)), 0};
  }
  if (text.find("generated stub/JIT") != std::string_view::npos) return {"STUB", "", 0};
  return {std::string(text), "", 0};  // what the machine itself does: GC, Compile, VM
}

std::string_view heading(std::string_view bytes) {
  Lines lines(bytes);
  lines.next();
  return trim(lines.line());
}

}  // namespace

void read_java_symbols(std::string_view text, Draft& draft) {
  draft.drops_addresses = true;
  Lines lines(text);
  while (lines.next()) {
    Cursor cursor(lines.line());
    uint64_t address = 0;
    if (!cursor.skip_spaces().rest().starts_with("0x") || !cursor.take_hex(address)) continue;
    if (!cursor.take_spaces() || !draft.has_address(address)) continue;
    draft.set_symbol(address, parse_symbol(trim(cursor.rest())));
  }
}

bool detect_java(std::string_view bytes) {
  return heading(bytes) == "--- heapz 1 ---" || heading(bytes) == "--- contentionz 1 ---";
}

Result<Draft> read_java(std::string_view bytes) {
  const bool is_heap = heading(bytes) == "--- heapz 1 ---";
  Draft draft;
  Lines lines(bytes);
  lines.next();
  while (lines.next()) {
    if (trim(lines.line()).empty()) continue;
    const auto attribute = parse_attribute(lines.line());
    if (!attribute) break;
    const auto& [key, value] = *attribute;
    const auto number = parse_number(value);
    const bool needs_number = key == "sampling period" || key == "ms since reset";
    if (key == "format" && value == "java") {
    } else if (key == "resolution") {
      draft.sample_types = is_heap
                               ? Draft::Types{{"inuse_objects", "count"}, {"inuse_space", std::string(value)}}
                               : Draft::Types{{"contentions", "count"}, {"delay", std::string(value)}};
    } else if (!is_heap && needs_number && number) {
      if (key == "sampling period") {
        draft.period_type = {"contentions", "count"};
        draft.period = *number;
      } else {
        draft.duration_ns = multiply(*number, 1'000'000);
      }
    } else {
      return lines.malformed(needs_number ? "its value is no number"
                                          : "no Java profile has such an attribute");
    }
  }
  if (draft.sample_types.empty()) return fail("it does not say its resolution");
  std::string_view symbols;
  do {
    if (trim(lines.line()).empty()) continue;
    Cursor cursor(lines.line());
    int64_t value = 0, count = 0;
    if (!cursor.skip_spaces().take_number(value) || !cursor.take_spaces() || !cursor.take_number(count) ||
        !cursor.take_spaces() || !cursor.take("@")) {
      symbols = bytes.substr(static_cast<size_t>(lines.line().data() - bytes.data()));
      break;
    }
    const auto stack = parse_addresses(cursor.rest());
    if (!stack) return lines.malformed("an address has more than 64 bits");
    if (!is_heap) {
      const int64_t period = draft.period != 0 ? draft.period : 1;
      draft.add_sample(*stack, {multiply(count, period), multiply(value, period)});
      continue;
    }
    if (count <= 0) return lines.malformed("it has bytes in no objects");
    const Amount amount = unsample({count, value}, kHeapRate);
    draft.add_sample(*stack, {amount.count, amount.size}, value / count);
  } while (lines.next());
  read_java_symbols(symbols, draft);
  return draft;
}

}  // namespace prof::legacy
