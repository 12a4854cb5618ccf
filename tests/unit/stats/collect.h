// Reading text in tests: what a reader hands over, as lines.
#pragma once

#include <string>
#include <vector>

#include "stats/benchfmt/reader.h"
#include "stats/text/number.h"

namespace bench::test {

class Collected : public Records {
 public:
  // "name iterations value unit value unit [key=value ...]", only what is of the file in brackets; 0
  // iterations where they are not told.
  void result(const Result& result) override {
    std::string line = std::string(result.name) + " " + std::to_string(result.iterations);
    for (const Value& value : result.values)
      line += " " + format_shortest(value.value) + " " + std::string(value.unit);
    std::string config;
    for (const auto& entry : result.config->entries()) {
      if (entry.is_file) config += (config.empty() ? "" : " ") + entry.key + "=" + entry.value;
    }
    results.push_back(config.empty() ? line : line + " [" + config + "]");
  }
  void problem(const std::string& message) override { problems.push_back(message); }

  std::vector<std::string> results;
  std::vector<std::string> problems;
  UnitMetadata units;
  std::string error;
};

inline Collected collect(std::string_view data) {
  Collected collected;
  Source source{"f", {}, collected.units, collected};
  source.config.set(".file", "f", false);
  if (auto done = read_benchmarks(data, source); !done) collected.error = done.error().message();
  return collected;
}

using Lines = std::vector<std::string>;

}  // namespace bench::test
