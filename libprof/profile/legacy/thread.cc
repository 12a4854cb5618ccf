// Stacks of threads: "--- threadz 1 ---", then for each "--- Thread 7f.. (name: main/123) stack: ---" and
// lines with its addresses, or that it is where the one before is.
#include <fmt/format.h>

#include "libprof/profile/legacy/legacy.h"
#include "libprof/profile/legacy/memory_map.h"

namespace prof::legacy {
namespace {

bool is_start(std::string_view line) {
  auto cursor = Cursor::behind("--- threadz ", line);
  int64_t number = 0;
  return cursor && cursor->take_number(number) && cursor->take(" ---");
}

bool is_thread(std::string_view line) {
  auto cursor = Cursor::behind("--- Thread ", line);
  uint64_t handle = 0;
  if (!cursor || !cursor->take_hex(handle) || !cursor->take(" (name: ")) return false;
  const std::string_view name = cursor->rest().substr(0, cursor->rest().rfind(") stack: ---"));
  return name.size() < cursor->rest().size() && name.find('/') != std::string_view::npos;
}

// Where the last address begins, if the text stops within or right behind it.
size_t unfinished_address(std::string_view bytes) {
  const size_t begin = bytes.rfind("0x");
  const bool is_last = begin != std::string_view::npos &&
                       bytes.find_first_not_of("0123456789abcdefABCDEF", begin + 2) == std::string_view::npos;
  return is_last ? begin : bytes.size();
}

}  // namespace

bool detect_thread(std::string_view bytes) {
  Lines lines(bytes);
  lines.skip_blank();
  return is_start(lines.line()) || is_thread(lines.line());
}

Result<Draft> read_thread(std::string_view bytes) {
  Draft draft;
  draft.sample_types = {{"thread", "count"}};
  draft.period_type = {"thread", "count"};
  draft.period = 1;
  Lines lines(bytes);
  lines.skip_blank();
  if (is_start(lines.line())) {
    while (lines.next() && !lines.line().starts_with("-") && !is_memory_map_heading(lines.line())) {
    }
  }
  std::vector<uint64_t> stack;
  bool is_end = lines.line().empty();
  while (!is_end && !is_memory_map_heading(lines.line()) &&
         !lines.line().starts_with("---- no stack trace for")) {
    if (!is_thread(lines.line())) return lines.malformed("it does not name a thread");
    bool is_repeated = false;
    stack.clear();
    while (!(is_end = !lines.next()) && !trim(lines.line()).starts_with("---")) {
      if (lines.line().find("same as previous thread") != std::string_view::npos) is_repeated = true;
      const auto addresses = parse_addresses(lines.line());
      if (!addresses) return lines.malformed("an address has more than 64 bits");
      stack.insert(stack.end(), addresses->begin(), addresses->end());
    }
    const size_t cut = unfinished_address(bytes);
    if (is_end && cut < bytes.size()) {
      draft.warnings.push_back(
          fmt::format("the profile is cut short: the address at byte {} is left out", cut));
      if (cut + 2 < bytes.size()) stack.pop_back();  // of 0x alone nothing was read
      if (stack.empty()) break;
    }
    if (is_repeated || stack.empty()) {
      draft.repeat_last_sample();
      continue;
    }
    for (size_t i = 1; i < stack.size(); i++) stack[i]--;  // from after the call to within it
    draft.add_sample(stack, {1});
  }
  auto mappings = find_memory_map(lines);
  if (!mappings) return tl::unexpected(mappings.error());
  draft.mappings = std::move(*mappings);
  return draft;
}

}  // namespace prof::legacy
