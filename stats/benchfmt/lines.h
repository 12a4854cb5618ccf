// Text formats: lines and the words in them.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace bench {

// How far formats look to find out whether a file is theirs.
constexpr size_t kLooked = 1 << 20;

// Calls visit(line, number) for each line, without its end.
template <typename Visit>
void for_each_line(std::string_view data, Visit visit) {
  for (size_t number = 1; !data.empty(); number++) {
    const size_t end = data.find('\n');
    std::string_view line = data.substr(0, end);
    data.remove_prefix(end == std::string_view::npos ? data.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    visit(line, number);
  }
}

inline std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) return words;
    const size_t end = std::min(line.find_first_of(" \t", start), line.size());
    words.push_back(line.substr(start, end - start));
    line.remove_prefix(end);
  }
}

// What stands in front of `word`, which is a part of `line`, without space at either end.
inline std::string_view before(std::string_view line, std::string_view word) {
  line = line.substr(0, static_cast<size_t>(word.data() - line.data()));
  const size_t start = line.find_first_not_of(" \t"), end = line.find_last_not_of(" \t");
  return start == std::string_view::npos ? "" : line.substr(start, end - start + 1);
}

// Seconds in a unit of time as programs print it, 0 where it is none.
inline double seconds_of(std::string_view unit) {
  struct {
    std::string_view name;
    double seconds;
  } constexpr kUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3},
                          {"s", 1},     {"m", 60},    {"h", 3600}};
  for (const auto& known : kUnits) {
    if (unit == known.name) return known.seconds;
  }
  return 0;
}

}  // namespace bench
