// A block of Go benchmark text, parsed without knowing what stands in front of it: what all processors do at
// once. What lines mean one after the other (configuration, units, metadata) is left to go_text.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct GoBlock {
  struct Line {
    enum class Kind : uint8_t { kResults, kConfig, kPair, kUnit, kProblem };
    Kind kind;
    uint32_t number;  // in the block, from 1
    // kResults: the name without "Benchmark"; kConfig: the key; kPair: the number; kUnit: what follows "Unit"
    std::string_view text;
    std::string_view value{};  // kConfig; empty deletes the key
    // kResults: lines that follow each other and have one name and the same units, most runs of a benchmark.
    uint32_t results = 0;                // how many
    uint32_t first_unit = 0, units = 0;  // in unit_lists
    uint32_t problem = 0;                // kProblem: in `problems`
  };
  std::vector<Line> lines;              // those that say something
  std::vector<int64_t> iterations;      // result by result
  std::vector<double> values;           // result by result, one for each of its units
  std::vector<uint32_t> unit_lists;     // in `units`
  std::vector<std::string_view> units;  // distinct
  std::vector<std::string> problems;
  uint32_t line_count = 0;
};

// The views are into `data`, which begins and ends where lines do. A malformed line is a problem and nothing
// else.
GoBlock parse_go_block(std::string_view data);

}  // namespace bench
