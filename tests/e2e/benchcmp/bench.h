// A directory of Go benchmark results, and benchcmp in it.
#pragma once

#include <string>
#include <vector>

#include "tests/support/benchmark_lines.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

namespace prof::test {

inline const std::vector<double> kLow = {10, 11, 12, 13, 14, 15}, kHigh = {20, 21, 22, 23, 24, 25};

// A directory with `slow` and `fast`, in which benchcmp runs.
struct Bench {
  Bench() {
    write(directory.file("fast"), lines("A", kLow, "ns/op"));
    write(directory.file("slow"), lines("A", kHigh, "ns/op"));
  }
  Outcome operator()(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), tool("benchcmp"));
    Run options;
    options.directory = directory.path();
    options.input = input;
    return run(arguments, options);
  }
  TempDir directory;
};

}  // namespace prof::test
