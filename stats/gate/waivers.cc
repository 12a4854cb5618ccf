#include "stats/gate/waivers.h"

#include <array>
#include <chrono>
#include <ctime>

#include "stats/benchfmt/unit.h"
#include "stats/text/unicode.h"

namespace bench {
namespace {

bool matches_pattern(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      p++;
      t++;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  if (text.size() != kShape.size()) return false;
  for (size_t i = 0; i < text.size(); i++) {
    if (kShape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  const auto two = [&](size_t at) {
    return static_cast<unsigned>((text[at] - '0') * 10 + text[at + 1] - '0');
  };
  const auto year = static_cast<int>(two(0) * 100 + two(2));
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(two(5)),
                                     std::chrono::day(two(8)))
      .ok();
}

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// A word, or a quoted string; false where its quotes or escapes are wrong.
bool take_word(std::string_view& text, std::string& word) {
  skip_space(text);
  if (text.starts_with('"')) {
    size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size() || !unquote(text.substr(0, end + 1), word)) return false;
    text.remove_prefix(end + 1);
    return true;
  }
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  word = text.substr(0, end);
  text.remove_prefix(end);
  return !word.empty();
}

}  // namespace

bool Waiver::matches(std::string_view unit_name, std::string_view row_name) const {
  return matches_pattern(unit, unit_name) && matches_pattern(row, row_name);
}

prof::Result<Waivers> parse_waivers(std::string_view text, const std::string& file) {
  Waivers waivers;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // as editors on Windows write it
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (size_t number = 1; !text.empty(); number++) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    skip_space(line);
    if (line.empty() || line[0] == '#') continue;
    Waiver waiver;
    waiver.place = file + ":" + std::to_string(number);
    const auto wrong = [&](const std::string& what) {
      return prof::fail("cannot read waivers: " + waiver.place + ": " + what,
                        "write lines like: 2026-12-31 sec/op Decode/* # why");
    };
    if (!take_word(line, waiver.until) || !is_date(waiver.until)) return wrong("expected a date YYYY-MM-DD");
    if (!take_word(line, waiver.unit)) return wrong("expected a unit, or *");
    waiver.unit = tidy(waiver.unit).unit;
    if (!take_word(line, waiver.row)) return wrong("expected a row, or *");
    skip_space(line);
    if (!line.empty() && line[0] != '#') return wrong("expected # in front of the reason");
    if (!line.empty()) line.remove_prefix(1);
    skip_space(line);
    waiver.reason = line;
    waivers.push_back(std::move(waiver));
  }
  return waivers;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  gmtime_r(&now, &date);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &date)};
}

}  // namespace bench
