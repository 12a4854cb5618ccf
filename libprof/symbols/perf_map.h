// /tmp/perf-PID.map, where JIT compilers tell the names of what they made: lines of "START SIZE name", the
// first two in hexadecimal. The compiler may still be appending, and anyone may write to /tmp: lines that
// make no sense are skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libprof/symbols/range_index.h"

namespace prof::symbols {

class PerfMap {
 public:
  explicit PerfMap(std::string_view text);
  // Of process `pid`: empty where there is no such file, or it belongs neither to us nor to root.
  static PerfMap of_process(uint32_t pid);

  // `address` as at run time; nullptr where no name covers it.
  const std::string* find(uint64_t address) { return names_.find(address); }
  bool empty() const { return names_.empty(); }

 private:
  RangeIndex<std::string> names_;
};

}  // namespace prof::symbols
