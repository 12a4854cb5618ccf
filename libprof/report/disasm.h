// `disasm`: the instructions of functions whose name matches, or that have an address, each with what it
// costs.
#pragma once

#include <string>
#include <vector>

#include "libprof/report/value.h"
#include "libprof/report/view.h"

namespace prof::report {

struct DisasmLine {
  uint64_t address = 0;  // in the object file
  int64_t flat = 0;
  int64_t cum = 0;
  std::string text;
  std::string function, file;  // file: its last component
  int64_t line = 0;
};

struct DisasmRoutine {
  std::vector<std::string> names;  // more than one: aliases
  std::string object;
  int64_t flat = 0;
  int64_t cum = 0;
  std::vector<DisasmLine> lines;
};

struct Disassembly {
  Value value;
  int64_t total = 0;
  std::vector<DisasmRoutine> routines;  // by name, then address
  Warnings warnings;                    // object files that could not be read
};

// REQUIRES: a view by addresses, without inlined functions. Fails where `expression` is no regular expression
// or matches nothing that has samples. A number is an address as well.
Result<Disassembly> disasm(const View& view, const std::string& expression);
// `is_colored`: for a terminal (heat.h).
std::string print(const Disassembly& disassembly, bool is_colored = false);

}  // namespace prof::report
