#include "stats/benchfmt/google_console_row.h"

#include <algorithm>
#include <cmath>

#include "stats/benchfmt/lines.h"
#include "stats/text/number.h"

namespace bench {
namespace {

// "1.5k", "2.3Gi/s", "1.4ms" (of an inverted rate): a counter with its prefix. Before 1.8 no prefix had an i,
// though that of bytes_per_second is one of 1024.
bool counter(std::string_view text, bool binary, double& value) {
  if (text.ends_with('s')) text.remove_suffix(text.ends_with("/s") ? 2 : 1);
  if (parse_float(text, value) == NumberError::kNone) return true;             // also inf and nan
  if (text == "-nan") return parse_float("nan", value) == NumberError::kNone;  // of 0.0 / 0.0
  if (text.ends_with('i')) {
    binary = true;
    text.remove_suffix(1);
  }
  constexpr std::string_view kLarge = "kMGTPEZY", kSmall = "munpfazy";
  const char prefix = text.empty() ? '\0' : text.back() == 'K' ? 'k' : text.back();
  const size_t large = kLarge.find(prefix), small = kSmall.find(prefix);
  const double power = large != std::string_view::npos   ? static_cast<double>(large) + 1
                       : small != std::string_view::npos ? -static_cast<double>(small) - 1
                                                         : 0;
  if (power != 0) text.remove_suffix(1);
  if (parse_float(text, value) != NumberError::kNone) return false;
  value *= std::pow(binary ? 1024 : 1000, power);
  return true;
}

// False where the text is no counter's value.
bool add_counter(std::string_view name, std::string_view text, std::vector<Measured>& measured) {
  double value = 0;
  const bool is_bytes = name == "bytes_per_second";
  if (!counter(text, is_bytes, value)) return false;
  measured.push_back({is_bytes ? "B/s" : name == "items_per_second" ? "items/s" : name, value});
  return true;
}

// Calls visit(name, value) for the columns of a row below their names. Both are right-aligned, at least ten
// wide and apart by a space; names may have spaces, values have none, and one that is too long moves what is
// behind it. So a value that has more than one space in front of it is as wide as its column, and of another
// the column is narrowed until it ends where a name does. False where the names do not fit.
template <typename Visit>
bool for_each_column(std::string_view names, std::string_view row, Visit visit) {
  constexpr size_t kLeastWidth = 10;
  const auto ends_name = [&](size_t end) {
    return end == names.size() || (end < names.size() && names[end] == ' ' && names[end - 1] != ' ');
  };
  for (size_t end = 0; !names.empty();) {
    const size_t start = row.find_first_not_of(' ', end);
    if (start == std::string_view::npos) return false;
    const size_t before = start - end, before_end = end;
    end = std::min(row.find(' ', start), row.size());
    size_t column = end - before_end;
    while (before == 1 && column > 1 + kLeastWidth && !ends_name(column)) column--;
    if (column <= kLeastWidth || !ends_name(column)) return false;
    const std::string_view name = names.substr(0, column);
    visit(name.substr(std::min(name.find_first_not_of(' '), name.size())), row.substr(start, end - start));
    names.remove_prefix(column);
  }
  return true;
}

// Up to 1.4 rates were no counters but stood in front of them: "7.9GB/s 120M items/s".
std::string_view add_rates(std::string_view row, std::vector<Measured>& measured) {
  const auto words = words_of(row);
  size_t used = 0;
  if (used < words.size() && words[used].ends_with("B/s") &&
      add_counter("bytes_per_second", words[used].substr(0, words[used].size() - 3), measured)) {
    used++;
  }
  if (used + 1 < words.size() && words[used + 1] == "items/s" &&
      add_counter("items_per_second", words[used], measured)) {
    used += 2;
  }
  return used == words.size() ? "" : row.substr(static_cast<size_t>(words[used].data() - row.data()));
}

// Appends the counters at the start of the row; returns what is left of it.
std::string_view add_counters(std::string_view row, bool with_spaces, std::vector<Measured>& measured) {
  std::string_view last;
  while (true) {
    row.remove_prefix(std::min(row.find_first_not_of(" \t"), row.size()));
    const size_t equals = row.find('=');
    if (equals == 0 || equals == std::string_view::npos) return row;
    const std::string_view name = row.substr(0, equals);
    const size_t end = std::min(row.find_first_of(" \t", equals), row.size());
    if (!with_spaces && name.find_first_of(" \t") != std::string_view::npos) return row;
    if (!(last < name) || !add_counter(name, row.substr(equals + 1, end - equals - 1), measured)) return row;
    last = name;
    row.remove_prefix(end);
  }
}

}  // namespace

bool is_google_header(std::string_view line) {
  if (line.find("Iterations") == std::string_view::npos) return false;  // quickly: all inputs are asked
  const auto words = words_of(line);
  return words.size() >= 4 && words[0] == "Benchmark" && words[1] == "Time" && words[2] == "CPU" &&
         words[3] == "Iterations";
}

size_t google_name_width(std::string_view header) {
  constexpr size_t kTime = 14, kCpu = 16;  // a blank, and the column
  const size_t end = header.find("Time") + 4;
  return end > kTime && header.find("CPU") + 3 == end + kCpu ? end - kTime : 0;
}

std::string_view google_counter_names(std::string_view header) {
  constexpr std::string_view kLast = "Iterations";
  header.remove_prefix(header.find(kLast) + kLast.size());
  header = header.substr(0, header.find_last_not_of(" \t") + 1);
  return header.ends_with(" UserCounters...") ? "" : header;
}

std::optional<GoogleColumns> google_columns_at(const std::vector<std::string_view>& words, size_t at) {
  if (at + kGoogleColumns > words.size()) return std::nullopt;
  const double real_unit = seconds_of(words[at + 1]), cpu_unit = seconds_of(words[at + 3]);
  double real = 0, cpu = 0;
  GoogleColumns columns;
  if (parse_float(words[at], real) != NumberError::kNone ||
      parse_float(words[at + 2], cpu) != NumberError::kNone || real_unit == 0 || cpu_unit == 0 ||
      parse_int(words[at + 4], columns.iterations) != NumberError::kNone) {
    return std::nullopt;
  }
  columns.real = PrintedTime::of(words[at], real, real_unit);
  columns.cpu = PrintedTime::of(words[at + 2], cpu, cpu_unit);
  return columns;
}

size_t google_time_of(std::string_view line, const std::vector<std::string_view>& words, size_t name_width) {
  const auto behind = std::find_if(words.begin(), words.end(), [&](std::string_view word) {
    return static_cast<size_t>(word.data() - line.data()) >= name_width;
  });
  const auto place = static_cast<size_t>(behind - words.begin());
  if (name_width > 0 && place > 0 && google_columns_at(words, place)) return place;
  for (size_t i = words.size(); i-- > 1;) {
    if (google_columns_at(words, i)) return i;
  }
  for (size_t i = 1; i < words.size(); i++) {
    double time = 0;
    if (parse_float(words[i], time) != NumberError::kNone) continue;
    if (i + 1 == words.size() ? i == 1 : seconds_of(words[i + 1]) > 0) return i;
  }
  return 0;
}

bool is_google_share(const std::vector<std::string_view>& words) {
  double number = 0;
  for (size_t i = 1; i + 3 < words.size(); i++) {
    if (words[i + 1] == "%" && words[i + 3] == "%" && parse_float(words[i], number) == NumberError::kNone)
      return true;
  }
  return false;
}

bool read_google_counters(std::string_view names, std::string_view counters,
                          std::vector<Measured>& measured) {
  if (!names.empty()) {
    return for_each_column(names, counters, [&](std::string_view name, std::string_view text) {
      add_counter(name, text, measured);
    });
  }
  counters = add_rates(counters, measured);
  const size_t times = measured.size();
  if (add_counters(counters, true, measured).empty()) return true;
  measured.resize(times);
  add_counters(counters, false, measured);
  return true;
}

}  // namespace bench
