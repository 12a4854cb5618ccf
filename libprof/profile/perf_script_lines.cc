#include "libprof/profile/perf_script_lines.h"

#include <charconv>

#include "libprof/profile/legacy/text.h"

namespace prof::perf_script {
namespace {

using legacy::Cursor;
using legacy::trim;

template <typename T>
bool parse_all(std::string_view digits, T& value, int base = 10) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return error == std::errc() && end == digits.data() + digits.size();
}

// "1235" or "1234/1235".
bool parse_ids(std::string_view word, Heading& heading) {
  const size_t slash = word.find('/');
  heading.pid = 0;
  if (slash == std::string_view::npos) return parse_all(word, heading.tid);
  return parse_all(word.substr(0, slash), heading.pid) && parse_all(word.substr(slash + 1), heading.tid);
}

bool is_time(std::string_view word) {
  return word.size() > 1 && word.find_first_not_of("0123456789.") == word.size() - 1 && word.ends_with(':');
}

// "U", "K", "KUH": the mode that a sample was taken in, and marks of other records (-F +misc).
bool is_mode(std::string_view word) {
  return !word.empty() && word.find_first_not_of("KUHGgMESp") == std::string_view::npos;
}

// The word in front of `size` bytes of a line.
std::string_view last_word(std::string_view line, size_t size) {
  const std::string_view before = trim(line.substr(0, size));
  return before.substr(before.find_last_of(" \t") + 1);
}

// What stands behind the ids; false where it is something else. With `amount` there has to be a time or a
// period.
bool parse_fields(Cursor fields, bool amount, Heading& heading) {
  const auto next = [&] { return fields.skip_spaces().take_word(); };
  std::string_view word = next();
  if (word.starts_with('[') && word.ends_with(']')) word = next();
  if (is_mode(word)) word = next();
  heading.has_time = is_time(word);
  if (heading.has_time) word = next();
  if (word.starts_with("PERF_RECORD_")) {
    heading.event = {};
    return true;
  }
  heading.has_period = parse_all(word, heading.period);
  if (heading.has_period) {
    word = next();
  } else {
    heading.period = 1;
  }
  if (amount && !heading.has_time && !heading.has_period) return false;
  if (word.size() < 2 || !word.ends_with(':') || is_time(word)) return false;
  heading.event = word.substr(0, word.size() - 1);
  heading.rest = trim(fields.rest());
  return true;
}

// The last " (...)" of a name is where it is from. Paths have parentheses, too: "/lib/x.so (deleted)".
std::string_view take_origin(std::string_view& name) {
  if (!name.ends_with(')')) return {};
  size_t open = name.size();
  for (int depth = 0; open-- > 0;) {
    depth += name[open] == ')' ? 1 : name[open] == '(' ? -1 : 0;
    if (depth == 0) break;
  }
  if (open == 0 || open >= name.size() || name[open - 1] != ' ') return {};
  const std::string_view origin = name.substr(open + 1, name.size() - open - 2);
  name = trim(name.substr(0, open));
  return origin;
}

// The command's words, then the first number behind which all else is as it should be: with a time or a
// period if there is such a number, for words of a command may look like an event ("worker 2 io: 1234"). A
// number behind the only time is a period.
std::optional<Heading> parse_full(std::string_view line) {
  for (const bool amount : {true, false}) {
    Cursor words(line);
    for (words.take_word(); words.take_spaces();) {
      const size_t comm_size = line.size() - words.rest().size();
      Heading heading;
      heading.has_ids = parse_ids(words.take_word(), heading);
      if (!heading.has_ids || !parse_fields(words, amount, heading)) continue;
      if (!heading.has_time && is_time(last_word(line, comm_size))) continue;
      heading.comm = trim(line.substr(0, comm_size));
      return heading;
    }
  }
  return std::nullopt;
}

// Without the command or the ids (-F -comm, -F -tid), which the time tells from what follows it.
std::optional<Heading> parse_partial(std::string_view line) {
  Cursor words(line);
  Heading heading;
  heading.has_ids = parse_ids(words.take_word(), heading);
  if (heading.has_ids && parse_fields(words, true, heading) && heading.has_time) return heading;
  for (; words.take_spaces(); words.take_word()) {
    heading = {};
    if (!parse_fields(words, true, heading) || !heading.has_time) continue;
    heading.comm = trim(line.substr(0, line.size() - words.rest().size()));
    return heading;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Heading> parse_heading(std::string_view line) {
  line = trim(line);
  const auto full = parse_full(line);
  return full ? full : parse_partial(line);
}

// From the end: what is left is the command.
Heading parse_sparse_heading(std::string_view line) {
  Heading heading;
  line = trim(line);
  const auto last = [&] { return last_word(line, line.size()); };
  const auto drop_last = [&] { line = trim(line.substr(0, line.size() - last().size())); };
  if (last().size() > 1 && last().ends_with(':') && !is_time(last())) {
    heading.event = last().substr(0, last().size() - 1);
    drop_last();
  }
  int64_t number = 0;
  const bool has_number = parse_all(last(), number);
  if (has_number) drop_last();
  heading.has_time = is_time(last());
  if (heading.has_time) drop_last();
  const bool has_cpu = last().starts_with('[') && last().ends_with(']');
  if (has_cpu) drop_last();
  heading.has_period = has_number && (heading.has_time || has_cpu);
  if (heading.has_period) heading.period = number;
  const bool is_pair = last().find('/') != std::string_view::npos;
  heading.has_ids = (is_pair || heading.has_time || has_cpu) && parse_ids(last(), heading);
  if (heading.has_ids) {
    drop_last();
  } else {
    heading.pid = heading.tid = 0;
  }
  heading.comm = line;
  return heading;
}

std::optional<Frame> parse_frame(std::string_view line) {
  Cursor words(trim(line));
  uint64_t address = 0;
  if (!parse_all(words.take_word(), address, 16) || !words.take_spaces()) return std::nullopt;
  Frame frame;
  frame.name = words.rest();
  frame.module = take_origin(frame.name);
  frame.is_inlined = frame.module == "inlined";
  if (frame.is_inlined) frame.module = {};
  if (const size_t plus = frame.name.rfind("+0x"); plus != std::string_view::npos)
    frame.name = frame.name.substr(0, plus);
  if (line.starts_with('\t') && frame.module.empty() && frame.name.starts_with('(') &&
      frame.name.ends_with(')')) {
    frame.module = frame.name.substr(1, frame.name.size() - 2);
    frame.name = "[unknown]";  // as perf has it: it was told to print no symbols
  }
  return frame;
}

bool is_printed_frame(std::string_view line) {
  constexpr size_t kAddress = 16;
  if (!line.starts_with('\t') || line.size() <= kAddress + 1 || line[kAddress + 1] != ' ') return false;
  return line.substr(1, kAddress).find_first_not_of(" 0123456789abcdef") == std::string_view::npos &&
         line[kAddress] != ' ' && parse_frame(line);
}

bool is_source_line(std::string_view line) { return line.starts_with("  "); }

void add_source_line(std::string_view line, Frame& frame) {
  line = trim(line);
  if (take_origin(line) == "inlined") frame.is_inlined = true;
  const size_t colon = line.rfind(':');
  int64_t number = 0;
  if (colon == std::string_view::npos || colon == 0 || !parse_all(line.substr(colon + 1), number) ||
      number <= 0)
    return;
  frame.file = line.substr(0, colon);
  frame.line = number;
}

}  // namespace prof::perf_script
