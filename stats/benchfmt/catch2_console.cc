#include <functional>
#include <optional>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/lines.h"
#include "stats/benchfmt/printed_time.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr std::string_view kHeader = "benchmark name";

bool is_rule(std::string_view line, char of) {
  return line.size() >= 10 && line.find_first_not_of(of) == std::string_view::npos;
}

std::string_view trimmed(std::string_view line) { return before(line, line.substr(line.size())); }

// "36 ns 35 ns 37 ns": the first. Of six digits, without zeros at the end; before Catch2 2.12 of whole
// nanoseconds.
std::optional<PrintedTime> first_time(std::string_view line) {
  const auto words = words_of(line);
  double value = 0;
  if (words.size() != 6 || parse_float(words[0], value) != NumberError::kNone) return std::nullopt;
  const double seconds = seconds_of(words[1]);
  if (seconds == 0) return std::nullopt;
  constexpr double kDigits = 5e-6, kNanosecond = 1e-9;
  const bool may_be_whole = seconds > kNanosecond || words[0].find('.') == std::string_view::npos;
  return PrintedTime{value * seconds, value * seconds * kDigits + (may_be_whole ? kNanosecond / 2 : 0)};
}

// In front of a table stand, between rules, the name of the test case and, indented, those of the sections. A
// table has a header of three lines and a rule; then three lines a benchmark: its name with the number of
// samples, of iterations and the estimated time; means; standard deviations. Names that are too long for
// their column are broken over lines of their own in front. With --benchmark-no-analysis the header is one
// line, and so is a benchmark: the time is the mean.
class Reader {
 public:
  explicit Reader(Source& source) : source_(source), out_(source) {}

  // `cut`: the file ends within the line.
  void line(std::string_view line, size_t number, bool cut) {
    if (is_rule(line, '-') || is_rule(line, '=') || is_rule(line, '.')) return rule(line[0]);
    if (line.starts_with(kHeader)) {
      end();
      in_table_ = after_rule_ = false;
      header_ = true;
      means_only_ = trimmed(line).ends_with("mean");
      return;
    }
    if (in_table_) return row(line, number, cut);
    if (line.empty()) after_rule_ = false;
    if (after_rule_) place(line);
  }

  // Of a table or of the file, which may have been cut.
  void end() {
    if (!name_.empty()) source_.problem(started_, "the table ends within this benchmark");
    name_.clear();
    step_ = 0;
  }

 private:
  void rule(char of) {
    end();
    in_table_ = of == '-' && header_;
    header_ = false;
    after_rule_ = of == '-' && !in_table_ && !after_case_;
    if (after_rule_) place_.clear();
    // The rule below the name of a test case does not start another.
    after_case_ = after_rule_;
  }

  // A line between the rules: sections are indented; names that are long are broken.
  void place(std::string_view line) {
    const bool section = line.starts_with("  ");
    if (!place_.empty()) place_ += section ? '/' : ' ';
    place_ += trimmed(line);
  }

  void emit(const std::function<void()>& add) {
    out_.begin(place_.empty() ? name_ : place_ + "/" + name_);
    add();
    out_.end();
    step_ = 0;
    name_.clear();
  }

  void row(std::string_view line, size_t number, bool cut) {
    const auto words = words_of(line);
    if (words.empty()) {
      if (step_ == 0) name_.clear();
      return;
    }
    if (line.find("Benchmark failed (") != std::string_view::npos) {
      source_.problem(number, std::string(trimmed(line)));
      step_ = 0;
      name_.clear();
      return;
    }
    if (step_ == 0) {
      if (name_.empty()) started_ = number;
      title(line, words, cut);
      if (step_ == 1 && means_only_) emit([&] { out_.add(moments_.mean, "sec/op"); });
      return;
    }
    const auto time = first_time(line);
    if (!time) {
      source_.problem(number, "expected three times of Catch2's table");
      step_ = 0;
      name_.clear();
      return;
    }
    if (step_++ == 1) {
      mean_ = *time;
      return;
    }
    const Moments printed = {mean_.seconds, time->seconds, moments_.size};
    emit([&] { out_.add(with_rounding(printed, mean_.rounding, time->rounding), "sec/op"); });
  }

  // What the program itself prints between benchmarks has no blanks at its end, as a name that is broken has:
  // it is padded to the width of the table.
  void title(std::string_view line, const std::vector<std::string_view>& words, bool cut) {
    const auto piece = [&](std::string_view text) {
      name_ += (name_.empty() ? "" : " ") + std::string(text);
    };
    const auto is_whole = [&](size_t at) {
      int64_t samples = 0, iterations = 0;
      double time = 0;
      if (parse_int(words[at], samples) != NumberError::kNone ||
          parse_int(words[at + 1], iterations) != NumberError::kNone ||
          parse_float(words[at + 2], time) != NumberError::kNone || seconds_of(words[at + 3]) == 0)
        return false;
      moments_ = {time * seconds_of(words[at + 3]), 0, static_cast<double>(samples)};
      return true;
    };
    constexpr size_t kColumns = 4;
    bool whole = words.size() >= kColumns && is_whole(words.size() - kColumns);
    size_t at = whole ? words.size() - kColumns : 0;
    // A line of means ends with the next one's beginning: what the program prints meanwhile stands behind it.
    for (size_t i = words.size(); means_only_ && !whole && i-- > kColumns;) {
      at = i - kColumns;
      whole = is_whole(at);
    }
    if (!whole) {
      if (line.ends_with(' ') || cut) piece(trimmed(line));
      return;
    }
    piece(before(line, words[at]));
    step_ = 1;
  }

  Source& source_;
  Emitter out_;
  std::string place_, name_;  // place_: the test case and the sections
  Moments moments_;
  PrintedTime mean_;
  size_t started_ = 0;  // the line on which the benchmark begins that name_ is of
  bool header_ = false, means_only_ = false, in_table_ = false, after_rule_ = false, after_case_ = false;
  int step_ = 0;
};

}  // namespace

bool is_catch2_console(std::string_view data) {
  data = data.substr(0, kLooked);
  const size_t header = data.find("\nbenchmark name ");
  if (header == std::string_view::npos) return false;
  const std::string_view line = data.substr(header + 1, data.find('\n', header + 1) - header - 1);
  return line.find(" samples ") != std::string_view::npos &&
         line.find(" iterations ") != std::string_view::npos;
}

prof::Result<void> read_catch2_console(std::string_view data, Source& source) {
  Reader reader(source);
  for_each_line(data, [&](std::string_view line, size_t number) {
    reader.line(line, number, line.data() + line.size() == data.data() + data.size());
  });
  reader.end();
  return {};
}

}  // namespace bench
