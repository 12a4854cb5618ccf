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
  uint64_t rows = 0;   // of our table
  uint64_t stops = 0;  // rows that we cannot express
  std::vector<CfiDifference> differences;
};

// Compiles the .eh_frame of an ELF file and compares every row, at its first address and its last, with
// libdw's answer. Throws std::runtime_error where the file cannot be read.
CfiComparison compare_with_libdw(const std::string& path);

}  // namespace prof::test
