#include <cmath>
#include <optional>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/google_aggregates.h"
#include "stats/benchfmt/lines.h"
#include "stats/text/number.h"

namespace bench {
namespace {

// "1.5k", "2.3Gi/s", "1.4ms" (of an inverted rate): a counter with its prefix. Before 1.8 no prefix had an i,
// though that of bytes_per_second is one of 1024.
bool counter(std::string_view text, bool binary, double& value) {
  if (text.ends_with('s')) text.remove_suffix(text.ends_with("/s") ? 2 : 1);
  if (parse_float(text, value) == NumberError::kNone) return true;  // also inf and nan
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

bool is_header(std::string_view line) {
  if (line.find("Iterations") == std::string_view::npos) return false;  // quickly: all inputs are asked
  const auto words = words_of(line);
  return words.size() >= 4 && words[0] == "Benchmark" && words[1] == "Time" && words[2] == "CPU" &&
         words[3] == "Iterations";
}

// What stands behind "Iterations" in a header: names of counters with --benchmark_counters_tabular=true.
std::string_view counter_names(std::string_view header) {
  constexpr std::string_view kLast = "Iterations";
  header.remove_prefix(header.find(kLast) + kLast.size());
  header = header.substr(0, header.find_last_not_of(" \t") + 1);
  return header.ends_with(" UserCounters...") ? "" : header;
}

// Shares and complexities: numbers in % or of N that have no number of iterations, or no time.
bool is_timeless(std::string_view name) {
  return name.ends_with("_cv") || name.ends_with("_BigO") || name.ends_with("_RMS");
}

constexpr size_t kColumns = 5;  // TIME UNIT CPU UNIT ITERATIONS

struct Columns {
  double real = 0, cpu = 0;  // seconds
  int64_t iterations = 0;
};

struct Row {
  size_t line;
  std::string_view name;
  Columns columns;
  std::string_view counters;  // and the label
  std::string_view names;     // of the counters, as the header has them; empty: NAME=VALUE
  bool is_cut;                // no end of line behind it

  bool has_counters() const { return !names.empty() || counters.find('=') != std::string_view::npos; }
};

std::optional<Columns> columns_at(const std::vector<std::string_view>& words, size_t at) {
  Columns columns;
  if (at + kColumns > words.size() || parse_float(words[at], columns.real) != NumberError::kNone ||
      parse_float(words[at + 2], columns.cpu) != NumberError::kNone || seconds_of(words[at + 1]) == 0 ||
      seconds_of(words[at + 3]) == 0 || parse_int(words[at + 4], columns.iterations) != NumberError::kNone) {
    return std::nullopt;
  }
  columns.real *= seconds_of(words[at + 1]);
  columns.cpu *= seconds_of(words[at + 3]);
  return columns;
}

// Where the time stands, behind the name, which may have spaces, numbers and units: the last place that has
// all columns; else, of a line that was cut, the first number and unit, or a number at its end. 0 where there
// is none.
size_t time_of(const std::vector<std::string_view>& words) {
  for (size_t i = words.size(); i-- > 1;) {
    if (columns_at(words, i)) return i;
  }
  for (size_t i = 1; i < words.size(); i++) {
    double time = 0;
    if (parse_float(words[i], time) != NumberError::kNone) continue;
    if (i + 1 == words.size() ? i == 1 : seconds_of(words[i + 1]) > 0) return i;
  }
  return 0;
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

// NAME=VALUE, words of the label left out.
template <typename Visit>
void for_each_pair(std::string_view row, Visit visit) {
  for (const std::string_view word : words_of(row)) {
    const size_t equals = word.find('=');
    if (equals != 0 && equals != std::string_view::npos)
      visit(word.substr(0, equals), word.substr(equals + 1));
  }
}

}  // namespace

bool is_google_console(std::string_view data) {
  bool found = false;
  for_each_line(data.substr(0, kLooked), [&](std::string_view line, size_t) { found |= is_header(line); });
  return found;
}

// NAME TIME UNIT TIME UNIT ITERATIONS [COUNTER=VALUE...] [LABEL], or the values alone, below the header;
// aggregates are left out.
prof::Result<void> read_google_console(std::string_view data, Source& source) {
  std::vector<Row> rows;
  GoogleAggregates aggregates;
  bool in_table = false;
  std::string_view names;
  for_each_line(data, [&](std::string_view line, size_t number) {
    if (is_header(line)) {
      in_table = true;
      names = counter_names(line);
      return;
    }
    const auto words = words_of(line);
    if (!in_table) return;
    if (line.find("ERROR OCCURRED") != std::string_view::npos)
      return source.problem(number, std::string(before(line, line.substr(line.size()))));
    if (line.find(" SKIPPED: '") != std::string_view::npos) return;
    const size_t at = time_of(words);
    // What the program itself prints goes between the rows; a row has as many words, or was cut.
    const bool is_cut = line.data() + line.size() == data.data() + data.size();
    if (words.size() <= kColumns && !(is_cut && at > 0)) return;
    const std::string_view name = at == 0 ? words[0] : before(line, words[at]);
    const auto columns = columns_at(words, at);
    if (at == 0 || !columns) {
      if (std::none_of(words.begin(), words.end(), is_timeless))
        source.problem(number, "expected NAME TIME UNIT CPU UNIT ITERATIONS");
      return;
    }
    const std::string_view iterations = words[at + kColumns - 1];
    const auto end = static_cast<size_t>(iterations.data() + iterations.size() - line.data());
    rows.push_back({number, name, *columns, line.substr(end), names, is_cut});
    aggregates.saw(name, columns->iterations);
  });
  Emitter out(source);
  MissingRuns missing;
  for (const Row& row : rows) {
    if (const auto base = aggregates.base_of(row.name, row.columns.iterations); !base.empty()) {
      missing.saw_aggregate(base, row.line);
      continue;
    }
    missing.saw_run(row.name);
    if (row.is_cut && row.has_counters()) {  // 328.8 of 328.886M is a number too
      source.problem(row.line, "it was cut: its line does not end, and its last counter may not be whole");
      continue;
    }
    out.begin(row.name, row.columns.iterations);
    out.add(row.columns.real, "sec/op");
    out.add(row.columns.cpu, "cpu-sec/op");
    const auto take = [&](std::string_view name, std::string_view text) {
      double value = 0;
      if (!counter(text, name == "bytes_per_second", value)) return;
      out.add(value, name == "bytes_per_second" ? "B/s" : name == "items_per_second" ? "items/s" : name);
    };
    if (row.names.empty()) {
      for_each_pair(row.counters, take);
    } else if (!for_each_column(row.names, row.counters, take)) {
      source.problem(row.line, "its counters do not stand below their names");
      continue;
    }
    out.end();
  }
  if (missing.is_of_all()) {
    source.note(MissingRuns::kOfAll);
  } else {
    missing.for_each([&](const std::string& benchmark, size_t line) {
      source.problem(line, benchmark + MissingRuns::kOfOne);
    });
  }
  return {};
}

}  // namespace bench
