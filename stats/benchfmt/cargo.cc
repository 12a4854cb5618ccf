#include <map>
#include <set>

#include "stats/benchfmt/emitter.h"
#include "stats/benchfmt/formats.h"
#include "stats/benchfmt/lines.h"
#include "stats/benchfmt/printed_time.h"
#include "stats/text/number.h"

namespace bench {
namespace {

constexpr std::string_view kTest = "test ", kBench = " ... bench:";

// `Running benches/x.rs (target/release/deps/NAME-HASH)`, the path alone in old versions: NAME.
std::string_view target_of(std::string_view line) {
  constexpr std::string_view kRunning = "Running ", kFolder = "deps/";
  const size_t start = line.find_first_not_of(' '), folder = line.rfind(kFolder);
  if (start == std::string_view::npos || !line.substr(start).starts_with(kRunning) ||
      folder == std::string_view::npos)
    return {};
  line.remove_prefix(folder + kFolder.size());
  return line.substr(0, line.rfind('-'));
}

// `test NAME ... bench:  18,149 ns/iter (+/- 755)`. What follows +/- is the range of the runs, from which no
// test can be made: each line is one run, and several outputs in one file are several.
class CargoReader {
 public:
  explicit CargoReader(Source& source) : source_(source) {}

  void read(std::string_view data) {
    std::string_view target;
    for_each_line(data, [&](std::string_view line, size_t number) {
      if (const auto next = target_of(line); !next.empty()) target = next;
      read_line(line, number, target);
    });
    Emitter out(source_);
    for (Row& row : rows_) {
      if (targets_[row.name].size() > 1) row.full_name = std::string(row.target) + "/" + row.full_name;
      rows_of_[row.full_name]++;
    }
    for (const Row& row : rows_) {
      if (row.time.is_coarse() && rows_of_[row.full_name] > 1) coarse_.note(row.full_name, kUnit);
    }
    for (const Row& row : rows_) {
      if (coarse_.add(row.full_name, kUnit, row.time.seconds, row.time.rounding)) continue;
      out.begin(row.full_name);
      out.add(row.time.seconds, kUnit);
      out.end();
    }
    coarse_.emit(out);
  }

 private:
  static constexpr std::string_view kUnit = "sec/op";
  struct Row {
    std::string_view target, name;
    std::string full_name;  // with the target, where others have benchmarks of that name
    PrintedTime time;
  };

  void read_line(std::string_view line, size_t number, std::string_view target) {
    const size_t at = line.find(kBench);
    if (!line.starts_with(kTest) || at == std::string_view::npos || at <= kTest.size()) return;
    const auto words = words_of(line.substr(at + kBench.size()));
    std::string digits;
    for (const char c : words.empty() ? std::string_view() : words[0]) {
      if (c != ',') digits += c;
    }
    double value = 0;
    if (parse_float(digits, value) != NumberError::kNone)
      return source_.problem(number, "expected a number of ns/iter");
    const std::string_view unit = words.size() > 1 ? words[1].substr(0, words[1].find('/')) : "";
    const double seconds = seconds_of(unit);
    if (seconds == 0) return source_.problem(number, "expected ns/iter behind the number");
    const std::string_view name = line.substr(kTest.size(), at - kTest.size());
    targets_[name].insert(target);
    rows_.push_back({target, name, std::string(name), PrintedTime::of(digits, value, seconds)});
  }

  Source& source_;
  std::vector<Row> rows_;
  std::map<std::string_view, std::set<std::string_view>> targets_;  // by name
  std::map<std::string_view, size_t> rows_of_;                      // by full name
  CoarseRuns coarse_;
};

}  // namespace

bool is_cargo(std::string_view data) {
  data = data.substr(0, kLooked);
  return data.find(kBench) != std::string_view::npos;
}

prof::Result<void> read_cargo(std::string_view data, Source& source) {
  CargoReader(source).read(data);
  return {};
}

}  // namespace bench
