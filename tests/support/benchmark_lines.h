// Go benchmark text of given values.
#pragma once

#include <string>
#include <vector>

namespace prof::test {

// A line for each run.
inline std::string lines(const std::string& name, const std::vector<double>& values,
                         const std::string& unit) {
  std::string text;
  for (const double value : values)
    text += "Benchmark" + name + " 1 " + std::to_string(value) + " " + unit + "\n";
  return text;
}

}  // namespace prof::test
