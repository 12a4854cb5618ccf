// Addresses to functions and lines, module by module.
//
// Each address gets the best that the module's file can tell: debug information (in the file, or separate:
// .gnu_debuglink, build id directories), a symbol, else the start of its function by the unwind table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libprof/base/cache_directory.h"
#include "libprof/base/error.h"
#include "libprof/symbols/frame.h"
#include "libprof/symbols/placement.h"
#include "libprof/symbols/simplify.h"

namespace prof::symbols {

inline constexpr const char* kVdso = "[vdso]";
inline constexpr const char* kKernel = "[kernel.kallsyms]";

struct Request {
  std::string path;      // of the module's file; kVdso; kKernel; "" for code outside all modules (perf maps)
  std::string build_id;  // lower-case hex, or "" where it has none
  uint32_t pid = 0;      // whose perf map names code without a module
  // As in the file (run-time address minus bias); as at run time where `path` is "". Of a call: minus 1.
  std::vector<uint64_t> addresses;
  std::optional<Placement> placement = {};  // where given, all addresses are those at run time
};

// How much of the work is done, in units of its own; called from any thread, one at a time. The first call of
// symbolize_all, before any work, says that nothing is.
using Progress = std::function<void(uint64_t done, uint64_t all)>;

struct Settings {
  bool debug_info = true;                 // false: symbol tables only
  NameStyle style = NameStyle::kDefault;  // of Frame::name
  Progress progress = nullptr;
  std::string cache = default_cache_directory();  // of answers that took long; "": none
};

struct Answer {
  std::vector<Code> codes;            // one an address, in their order
  std::vector<Placement> placements;  // code_placements() of the file; empty where it was not read
  bool has_debug_info = false;
  bool is_missing = false;  // there is no such file; said in `warnings` too
  Warnings warnings;
};

Answer symbolize(const Request& request, const Settings& settings = {});

// All of them, on all cores. One file is one core's work, and is read once however many requests are of it.
std::vector<Answer> symbolize_all(std::span<const Request> requests, const Settings& settings = {});

}  // namespace prof::symbols
