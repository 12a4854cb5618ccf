#include "libprof/symbols/symbolizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "libprof/symbols/debug_info.h"
#include "libprof/symbols/demangle.h"
#include "libprof/symbols/object_file.h"
#include "libprof/symbols/perf_map.h"
#include "libprof/symbols/symbol_table.h"

namespace prof::symbols {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Code named(Source source, std::string name, std::string system_name) {
  Code code;
  code.source = source;
  code.frames.resize(1);
  code.frames[0].name = std::move(name);
  code.frames[0].system_name = std::move(system_name);
  return code;
}

Answer symbolize_by_perf_map(const Request& request) {
  Answer answer;
  PerfMap map = PerfMap::of_process(request.pid);
  for (const uint64_t address : request.addresses) {
    const std::string* name = map.find(address);
    answer.codes.push_back(name != nullptr ? named(Source::kSymbol, *name, *name) : Code{});
  }
  return answer;
}

// An object file with its indices, and the order in which they are asked.
class Resolver {
 public:
  Resolver(const ObjectFile& file, std::string name)
      : file_(file), name_(std::move(name)), symbols_(file), debug_info_(nullptr, 0) {
    uint64_t bias = 0;
    Dwarf* dwarf = file.dwarf(bias);
    has_debug_info_ = dwarf != nullptr;
    debug_info_ = DebugInfo(dwarf, bias);
  }

  Code resolve(uint64_t address) {
    const SymbolTable::Symbol* symbol = symbols_.find(address);
    Code code;
    if (debug_info_.find(address, symbol != nullptr ? symbol->name : nullptr, code.frames)) {
      code.source = Source::kDebugInfo;
      return code;
    }
    if (symbol != nullptr) return named(Source::kSymbol, demangle(symbol->name), symbol->name);
    uint64_t start = 0;
    if (!file_.function_start(address, start)) return code;
    const std::string name = fmt::format("{}+{:#x}", name_, start);
    return named(Source::kUnwindTable, name, name);
  }

  bool has_debug_info() const { return has_debug_info_; }

 private:
  const ObjectFile& file_;
  std::string name_;
  SymbolTable symbols_;
  DebugInfo debug_info_;
  bool has_debug_info_ = false;
};

}  // namespace

Answer symbolize(const Request& request) {
  if (request.path.empty()) return symbolize_by_perf_map(request);
  Answer answer;
  answer.codes.resize(request.addresses.size());
  const auto file = ObjectFile::open(request.path, request.build_id);
  if (!file) {
    answer.warnings.push_back(file.error().message());
    return answer;
  }
  Resolver resolver(*file, base_name(request.path));
  answer.has_debug_info = resolver.has_debug_info();
  for (size_t i = 0; i < answer.codes.size(); i++) answer.codes[i] = resolver.resolve(request.addresses[i]);
  return answer;
}

std::vector<Answer> symbolize_all(std::span<const Request> requests) {
  std::vector<Answer> answers(requests.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < requests.size(); i = next++) answers[i] = symbolize(requests[i]);
  };
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(cores, requests.size()); i++) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  return answers;
}

}  // namespace prof::symbols
