#include <algorithm>
#include <map>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/google_aggregates.h"
#include "stats/benchfmt/google_console_row.h"
#include "stats/benchfmt/lines.h"
#include "stats/benchfmt/printed_time.h"

namespace bench {
namespace {

// Shares and complexities: numbers in % or of N that have no number of iterations, or no time.
bool is_timeless(std::string_view name) {
  return name.ends_with("_cv") || name.ends_with("_BigO") || name.ends_with("_RMS");
}

struct Row {
  size_t line;
  std::string_view name;
  GoogleColumns columns;
  std::string_view counters;  // and the label
  std::string_view names;     // of the counters, as the header has them; empty: NAME=VALUE
  bool is_cut;                // no end of line behind it

  bool has_counters() const { return !names.empty() || counters.find('=') != std::string_view::npos; }
};

class GoogleConsoleReader {
 public:
  GoogleConsoleReader(std::string_view data, Source& source) : data_(data), source_(source), out_(source) {}

  void read() {
    for_each_line(data_, [&](std::string_view line, size_t number) { read_line(line, number); });
    for (const Row& row : rows_) {
      if (const auto base = aggregates_.base_of(row.name, row.columns.iterations); !base.empty()) {
        missing_.saw_aggregate(base, row.line);
        read_statistic(row, base);
      } else {
        read_run(row);
      }
    }
    coarse_.emit(out_);
    if (missing_.is_of_all()) source_.note(MissingRuns::kOfAll);
    missing_.for_each([&](const std::string& benchmark, size_t line) {
      if (!summaries_.summarize(benchmark, out_) && !missing_.is_of_all())
        source_.problem(line, benchmark + MissingRuns::kOfOne);
    });
  }

 private:
  void read_line(std::string_view line, size_t number) {
    if (is_google_header(line)) {
      in_table_ = true;
      names_ = google_counter_names(line);
      name_width_ = google_name_width(line);
      return;
    }
    const auto words = words_of(line);
    if (!in_table_) return;
    if (line.find("ERROR OCCURRED") != std::string_view::npos)
      return source_.problem(number, std::string(before(line, line.substr(line.size()))));
    if (line.find(" SKIPPED: '") != std::string_view::npos) return;
    const size_t at = google_time_of(line, words, name_width_);
    // What the program itself prints goes between the rows; a row has as many words, or was cut.
    const bool is_cut = line.data() + line.size() == data_.data() + data_.size();
    if (words.size() <= kGoogleColumns && !(is_cut && at > 0)) return;
    const std::string_view name = at == 0 ? words[0] : before(line, words[at]);
    const auto columns = google_columns_at(words, at);
    if (at == 0 || !columns) {
      has_shares_ |= name.ends_with("_cv");
      if (!is_google_share(words) && std::none_of(words.begin(), words.end(), is_timeless))
        source_.problem(number, "expected NAME TIME UNIT CPU UNIT ITERATIONS");
      return;
    }
    const std::string_view iterations = words[at + kGoogleColumns - 1];
    const auto end = static_cast<size_t>(iterations.data() + iterations.size() - line.data());
    if (columns->real.is_coarse()) coarse_.note(name, "sec/op");
    if (columns->cpu.is_coarse()) coarse_.note(name, "cpu-sec/op");
    rows_of_[name]++;
    rows_.push_back({number, name, *columns, line.substr(end), names_, is_cut});
    aggregates_.saw(name, columns->iterations);
  }

  // Into measured_; false, and told, where the row is malformed.
  bool measure(const Row& row) {
    if (row.is_cut && row.has_counters()) {  // 328.8 of 328.886M is a number too
      source_.problem(row.line, "it was cut: its line does not end, and its last counter may not be whole");
      return false;
    }
    measured_ = {{"sec/op", row.columns.real.seconds, row.columns.real.rounding},
                 {"cpu-sec/op", row.columns.cpu.seconds, row.columns.cpu.rounding}};
    if (read_google_counters(row.names, row.counters, measured_)) return true;
    source_.problem(row.line, "its counters do not stand below their names");
    return false;
  }

  void read_run(const Row& row) {
    missing_.saw_run(row.name);
    if (!measure(row)) return;
    out_.begin(row.name, row.columns.iterations);
    for (const Measured& one : measured_) {
      if (rows_of_[row.name] == 1 || !coarse_.add(row.name, one.unit, one.value, one.rounding))
        out_.add(one.value, one.unit);
    }
    out_.end();
  }

  void read_statistic(const Row& row, std::string_view base) {
    const std::string_view statistic = row.name.substr(base.size() + 1);
    if ((statistic != "mean" && statistic != "stddev") || !measure(row)) return;
    GoogleStatistics& statistics = summaries_.of(std::string(base), statistic == "mean");
    (statistic == "mean" ? statistics.means : statistics.deviations) = measured_;
    // The number of iterations is that of repetitions since 1.5, shares (_cv) are printed since 1.6.
    if (has_shares_) statistics.repetitions = static_cast<double>(row.columns.iterations);
  }

  std::string_view data_;
  Source& source_;
  Emitter out_;
  std::vector<Row> rows_;
  std::map<std::string_view, size_t> rows_of_;  // by name
  std::vector<Measured> measured_;
  GoogleAggregates aggregates_;
  MissingRuns missing_;
  GoogleSummaries summaries_;
  CoarseRuns coarse_;
  bool in_table_ = false;
  bool has_shares_ = false;  // rows NAME_cv
  std::string_view names_;   // of counters, in the last header
  size_t name_width_ = 0;    // there
};

}  // namespace

bool is_google_console(std::string_view data) {
  bool found = false;
  for_each_line(data.substr(0, kLooked),
                [&](std::string_view line, size_t) { found |= is_google_header(line); });
  return found;
}

// Aggregates are left out where their benchmark has runs.
prof::Result<void> read_google_console(std::string_view data, Source& source) {
  GoogleConsoleReader(data, source).read();
  return {};
}

}  // namespace bench
