// Writing Go benchmark text: what every tool that compares benchmarks reads.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "stats/benchfmt/reader.h"

namespace bench {

// Receives the output of one process and makes one line a benchmark of it: the values that one process prints
// for one benchmark (repetitions) are not independent of each other, so that their median stands for the run.
// (Kalibera and Jones 2013, section 5.) Names lose their blanks, which the format does not allow; units are
// tidied; of summaries the mean is the value. NaN is left out where a run
// has other values.
class RunCollector : public Records {
 public:
  void result(const Result& result) override;
  void problem(const std::string& message) override {
    problems_.push_back(message);
    left_out_.add(message);
  }
  void note(const std::string& message) override { problems_.push_back(message); }

  bool empty() const { return benchmarks_.empty(); }
  const std::vector<std::string>& problems() const { return problems_; }
  const LeftOut& left_out() const { return left_out_; }
  // "NAME UNIT" of which some values are NaN, and are left out.
  std::vector<std::string> not_numbers() const;
  // "NAME and NAME" of benchmarks that differ in nothing but the blanks of their names, and became one.
  std::vector<std::string> merged() const;
  // "key: value" lines of the configuration and the results. `around` is the configuration in front of the
  // text, and again behind it: a key that one run sets is not of the next one.
  std::string text(const Configuration& around) const;

 private:
  using Config = std::vector<std::pair<std::string, std::string>>;
  struct Unit {
    std::string name;
    std::vector<double> values;
    size_t not_numbers = 0;
  };
  struct Benchmark {
    Config config;
    std::string name;
    std::set<std::string> spellings;  // of the name, before go_name
    int64_t iterations = 0;
    std::vector<Unit> units;
  };
  static Config config_of(const Configuration& configuration);
  static std::string change(const Config& from, const Config& to);
  std::deque<Benchmark> benchmarks_;               // in the order in which they appear
  std::unordered_map<std::string, size_t> index_;  // of them, by configuration and name
  std::vector<std::string> problems_;
  LeftOut left_out_;
};

// A comment to other readers; to ours the key .pair of the results behind it.
std::string pair_line(size_t pair);

// "Unit UNIT KEY=VALUE" lines: what output says of its units.
std::string unit_lines(const UnitMetadata& units);

// The name without what would end it: blanks, those of Unicode too, at which readers of the format split as
// well, become "_".
std::string go_name(std::string_view name);

}  // namespace bench
