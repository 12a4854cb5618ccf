// What an address turns out to be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace prof::symbols {

// One function at an address; inlined calls make several.
struct Frame {
  std::string name;         // demangled, without parameters and template arguments
  std::string system_name;  // as the linker knows it; where it does not, as debug information has it
  std::string file;         // "" where unknown, as the numbers are 0
  int64_t start_line = 0;
  int64_t line = 0;
  int64_t column = 0;
};

enum class Source : uint8_t {
  kNone,         // nothing covers the address: no frames
  kUnwindTable,  // only the start of its function is known: one frame, "libfoo.so.1+0x1234"
  kSymbol,       // a symbol table, a stub's relocation or a perf map
  kDebugInfo,
};

struct Code {
  Source source = Source::kNone;
  std::vector<Frame> frames;  // innermost inlined function first
};

}  // namespace prof::symbols
