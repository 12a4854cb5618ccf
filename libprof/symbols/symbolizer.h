// Addresses to functions and lines, module by module.
//
// Each address gets the best that the module's file can tell: debug information (in the file, or separate:
// .gnu_debuglink, build id directories), a symbol, else the start of its function by the unwind table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libprof/base/error.h"
#include "libprof/symbols/frame.h"

namespace prof::symbols {

struct Request {
  std::string path;      // of the module's file; "[vdso]"; "" for code outside all modules (perf maps)
  std::string build_id;  // lower-case hex, or "" where it has none
  uint32_t pid = 0;      // whose perf map names code without a module
  // As in the file (run-time address minus bias); as at run time where `path` is "". Of a call: minus 1.
  std::vector<uint64_t> addresses;
};

struct Answer {
  std::vector<Code> codes;  // one an address, in their order
  bool has_debug_info = false;
  Warnings warnings;
};

Answer symbolize(const Request& request);

// All of them, on all cores. One module is one core's work.
std::vector<Answer> symbolize_all(std::span<const Request> requests);

}  // namespace prof::symbols
