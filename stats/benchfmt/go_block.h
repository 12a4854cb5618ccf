// A block of Go benchmark text, parsed without knowing what stands in front of it: what all processors do at
// once. What lines mean one after the other (configuration, units, metadata) is left to go_text.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct GoBlock {
  struct Measurement {
    double value;
    uint32_t unit;  // in `units`
  };
  struct Line {
    enum class Kind : uint8_t { kResult, kConfig, kUnit, kProblem };
    Kind kind;
    bool repeats = false;  // kResult: the line before is a result of the same name and units
    uint32_t number;       // in the block, from 1
    // kResult: the name without "Benchmark"; kConfig: the key; kUnit: what follows "Unit"
    std::string_view text;
    std::string_view value{};     // kConfig; empty deletes the key
    int64_t iterations = 0;       // kResult
    uint32_t first = 0, end = 0;  // kResult: its measurements; kProblem: `first` of problems
  };
  std::vector<Line> lines;  // those that say something
  std::vector<Measurement> measurements;
  std::vector<std::string_view> units;  // distinct
  std::vector<std::string> problems;
  uint32_t line_count = 0;
};

// The views are into `data`, which begins and ends where lines do. A malformed line is a problem and nothing
// else.
GoBlock parse_go_block(std::string_view data);

// Takes the field in front of `text`, and the (Unicode) space behind it.
std::string_view take_field(std::string_view& text);

}  // namespace bench
