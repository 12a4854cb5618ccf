// Writing Go benchmark text: what every tool that compares benchmarks reads.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "stats/benchfmt/reader.h"

namespace bench {

// Receives the output of one process and makes one line a benchmark of it: the values that one process prints
// for one benchmark (repetitions) are not independent of each other, so that their median stands for the run.
// (Kalibera and Jones 2013, section 5.) Names lose their blanks, which the format does not allow; units are
// tidied; of summaries the mean is the value.
class RunCollector : public Records {
 public:
  void result(const Result& result) override;
  void problem(const std::string& message) override { problems_.push_back(message); }

  bool empty() const { return benchmarks_.empty(); }
  const std::vector<std::string>& problems() const { return problems_; }
  // "key: value" lines of the configuration, then the results.
  std::string text() const;

 private:
  struct Unit {
    std::string name;
    std::vector<double> values;
  };
  struct Benchmark {
    std::string config, name;
    int64_t iterations = 0;
    std::vector<Unit> units;
  };
  std::deque<Benchmark> benchmarks_;  // in the order in which they appear
  std::vector<std::string> problems_;
};

// "Unit UNIT KEY=VALUE" lines: what output says of its units.
std::string unit_lines(const UnitMetadata& units);

// The name without what would end it: blanks become "_".
std::string go_name(std::string_view name);

}  // namespace bench
