// What this machine allows a profiler: each fact, the tiers that work because of them, and the command that
// would allow the rest. Measured, not assumed.
#pragma once

#include <string>
#include <vector>

namespace prof::record {

struct Finding {
  std::string what;   // "CPU timers"
  std::string state;  // "250 a second"
  bool works = true;
  std::string remedy;  // a command, or ""
};

// Takes a quarter of a second of CPU time. Works as any user; changes nothing.
std::vector<Finding> examine_machine();

}  // namespace prof::record
