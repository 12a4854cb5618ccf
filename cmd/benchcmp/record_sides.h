// Profiles of both sides of `benchcmp run`, made in runs of their own so that profiling does not disturb the
// timed ones.
#pragma once

#include <string>
#include <vector>

#include "cmd/benchcmp/compare.h"
#include "cmd/benchcmp/measure.h"

namespace bench::cmd {

// Records each regressed benchmark alone where the programs take BENCHMARK_FILTER from the environment
// (Google Benchmark does; where the command line has a filter, behind that), else the whole programs once.
// Profiles and flame graphs go to `directory`. Nothing runs where nothing regressed.
prof::Result<std::vector<Explanation>> record_and_explain(const Measuring& measuring,
                                                          const std::string& directory,
                                                          const Verdict& verdict, const Tables& tables);

}  // namespace bench::cmd
