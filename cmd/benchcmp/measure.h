// Runs two commands in pairs, in random order within each, and collects what they measure as Go benchmark
// text.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cmd/benchcmp/shell.h"
#include "stats/benchfmt/reader.h"

namespace bench::cmd {

constexpr std::array<const char*, 2> kSides = {"old", "new"};

struct Measuring {
  std::array<std::string, 2> commands;  // as kSides
  int pairs = 10;
  int warmup = 0;          // pairs that are run first and thrown away
  bool interleave = true;  // else all of old, then all of new
  bool time = false;       // measure the commands themselves: wall and CPU time, peak memory
  uint64_t seed = 0;       // of the order within pairs
  ShellLimits limits;
  std::string raw;                 // a directory for what each run prints, or empty
  const Format* format = nullptr;  // of what they print; null: detected
  Configuration around;            // what stands above all runs of a side
};

struct Measured {
  std::array<std::vector<std::string>, 2> runs;  // one text a run; as many of either side
  std::array<UnitMetadata, 2> units;             // what the runs of a side say of their units
  bool interrupted = false;
  prof::Warnings problems;  // what readers say about the output, each once
  LeftOut left_out;         // of all runs
};

// `after_pair` is called with what there is after each pair, and returns whether to go on; `before_run` with
// the number of runs that are done and of all. Fails at the first run that fails, prints no benchmark, or
// takes too long. An interrupt is no failure: what is complete is returned.
prof::Result<Measured> measure(const Measuring& measuring,
                               const std::function<prof::Result<bool>(const Measured&)>& after_pair,
                               const std::function<void(int done, int all)>& before_run);

}  // namespace bench::cmd
