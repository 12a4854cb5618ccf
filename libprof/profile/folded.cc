#include "libprof/profile/folded.h"

#include <algorithm>
#include <charconv>

#include "libprof/profile/legacy/text.h"
#include "libprof/profile/names_builder.h"

namespace prof {
namespace {

constexpr size_t kLook = size_t{1} << 16;  // how far to look for what tells a file of folded stacks

struct FoldedLine {
  std::string_view stack;
  int64_t count = 0;
};

std::optional<FoldedLine> parse(std::string_view text) {
  const size_t space = text.find_last_of(" \t");
  if (space == std::string_view::npos) return std::nullopt;
  FoldedLine line;
  const std::string_view digits = text.substr(space + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), line.count);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  line.stack = legacy::trim(text.substr(0, space));
  if (line.stack.empty()) return std::nullopt;
  return line;
}

bool is_skipped(std::string_view line) { return legacy::trim(line).empty() || line.starts_with('#'); }

}  // namespace

std::optional<Result<Profile>> read_folded(std::string_view text) {
  legacy::Lines lines(text);
  bool is_first = true;
  NamesBuilder builder;
  builder.add_sample_type("samples", "count");
  std::vector<uint32_t> stack;
  while (lines.next()) {
    if (is_skipped(lines.line())) continue;
    const auto line = parse(lines.line());
    // A word and a number may be anything: some stack of several frames tells what the file is.
    if (is_first && (!line || text.substr(0, kLook).find(';') == std::string_view::npos)) return std::nullopt;
    is_first = false;
    if (!line) return Result<Profile>(lines.malformed("it is no folded stack: `frame;frame;frame count`"));
    stack.clear();
    for (size_t at = 0; at <= line->stack.size();) {
      const size_t end = std::min(line->stack.find(';', at), line->stack.size());
      const NamedLine frame = {line->stack.substr(at, end - at)};
      stack.push_back(builder.location({&frame, 1}, ""));
      at = end + 1;
    }
    std::reverse(stack.begin(), stack.end());
    const int64_t values[] = {line->count};
    builder.add_sample(stack, values, {});
  }
  if (is_first) return std::nullopt;
  return std::move(builder).finish();
}

}  // namespace prof
