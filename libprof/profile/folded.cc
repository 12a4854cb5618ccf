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
  int64_t counts[2] = {};
};

// Takes a number off the end of `text`; something has to be left of it.
bool take_count(std::string_view& text, int64_t& count) {
  const size_t space = text.find_last_of(" \t");
  if (space == std::string_view::npos) return false;
  const std::string_view digits = text.substr(space + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  text = legacy::trim(text.substr(0, space));
  return !text.empty();
}

std::optional<FoldedLine> parse(std::string_view text, size_t columns) {
  FoldedLine line;
  line.stack = text;
  for (size_t i = columns; i-- > 0;) {
    if (!take_count(line.stack, line.counts[i])) return std::nullopt;
  }
  return line;
}

// "main;parse 10.5"
bool has_fraction(std::string_view text) {
  const size_t point = text.rfind('.');
  if (point == std::string_view::npos) return false;
  const bool is_fraction = text.find_first_not_of("0123456789", point + 1) == std::string_view::npos;
  int64_t whole = 0;
  text = text.substr(0, point);
  return is_fraction && take_count(text, whole);
}

bool is_skipped(std::string_view line) { return legacy::trim(line).empty() || line.starts_with('#'); }

// A frame may end in a number, too: only where every line ends in two are these two counts.
size_t columns_of(std::string_view text) {
  legacy::Lines lines(text);
  while (lines.next()) {
    if (!is_skipped(lines.line()) && !parse(lines.line(), 2)) return 1;
  }
  return 2;
}

// "Content-Length: 5" is none.
bool is_word_and_counts(std::string_view text, size_t columns) {
  const auto line = parse(text, columns);
  return line && line->stack.find_first_of(" \t") == std::string_view::npos && !line->stack.ends_with(':') &&
         line->stack.find_first_not_of("0123456789.+-") != std::string_view::npos;
}

// A line that ends in a number may be anything. Some stack of several frames tells what the file is, or that
// every line is a word and its counts.
bool is_folded(std::string_view text, size_t columns) {
  if (text.substr(0, kLook).find(';') != std::string_view::npos) return true;
  legacy::Lines lines(text);
  while (lines.next()) {
    if (!is_skipped(lines.line()) && !is_word_and_counts(lines.line(), columns)) return false;
  }
  return true;
}

}  // namespace

std::optional<Result<Profile>> read_folded(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
  legacy::Lines lines(text);
  bool is_first = true;
  const size_t columns = columns_of(text);
  NamesBuilder builder;
  if (columns == 2) builder.add_sample_type("old", "count");
  builder.add_sample_type(columns == 2 ? "new" : "samples", "count");
  std::vector<uint32_t> stack;
  while (lines.next()) {
    if (is_skipped(lines.line())) continue;
    const auto line = parse(lines.line(), columns);
    if (!line && has_fraction(lines.line()) && is_folded(text, columns)) {
      return Result<Profile>(lines.malformed("counts are whole numbers: multiply all by the same factor"));
    }
    if (is_first && (!line || !is_folded(text, columns))) return std::nullopt;
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
    builder.add_sample(stack, {line->counts, columns}, {});
  }
  if (is_first) return std::nullopt;
  return std::move(builder).finish();
}

}  // namespace prof
