// The reference for the unwind tables: libdw, which reads the same .eh_frame by code that is not ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libprof/agent/cfi.h"

namespace prof::test {

struct CfiDifference {
  uint64_t address;  // in the file
  std::string what;
};

struct CfiComparison {
  uint64_t rows = 0;            // of our table
  uint64_t rare = 0;            // of them, no brief rule
  uint64_t expressions = 0;     // of those, evaluated by the expression machine
  uint64_t beyond = 0;          // addresses where libdw knows no frame address and we do
  std::vector<uint64_t> stops;  // addresses of rows that we cannot express and libdw can
  std::vector<CfiDifference> differences;
};

// Compiles the .eh_frame of an ELF file and compares every row, at its first address and its last, with
// libdw's answer. Throws std::runtime_error where the file cannot be read.
CfiComparison compare_with_libdw(const std::string& path);

}  // namespace prof::test
