#include "libprof/symbols/symbolizer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "libprof/base/on_all_cores.h"
#include "libprof/base/paths.h"
#include "libprof/symbols/by_build_id.h"
#include "libprof/symbols/debug_info.h"
#include "libprof/symbols/demangle.h"
#include "libprof/symbols/kernel_symbols.h"
#include "libprof/symbols/object_file.h"
#include "libprof/symbols/perf_map.h"
#include "libprof/symbols/plt.h"
#include "libprof/symbols/symbol_cache.h"
#include "libprof/symbols/symbol_table.h"

namespace prof::symbols {
namespace {

// Below this, finding it again costs about what reading the cache does.
constexpr std::chrono::milliseconds kWorthKeeping{10};

Code named(Source source, std::string name, std::string system_name) {
  Code code;
  code.source = source;
  code.frames.resize(1);
  code.frames[0].name = std::move(name);
  code.frames[0].system_name = std::move(system_name);
  return code;
}

// Requests of one file, which is read once for all of them: their answers are one, with the codes of the
// first, then those of the second, and so on.
using Group = std::vector<const Request*>;

// By a PerfMap or KernelSymbols.
template <typename Names>
Answer symbolize_by_names(const Group& group, Names names) {
  Answer answer;
  for (const Request* request : group) {
    for (const uint64_t address : request->addresses) {
      const std::string* name = names.find(address);
      answer.codes.push_back(name != nullptr ? named(Source::kSymbol, *name, *name) : Code{});
    }
  }
  return answer;
}

KernelSymbols kernel_symbols(const std::string& build_id) {
  return build_id.empty() || build_id == kernel_build_id() ? KernelSymbols::of_this_kernel()
                                                           : KernelSymbols("");
}

// The process of a file that perf names for code that was made at run time: /tmp/perf-PID.map.
uint32_t pid_of_perf_map(std::string_view path) {
  constexpr std::string_view kPrefix = "/tmp/perf-", kSuffix = ".map";
  if (!path.starts_with(kPrefix) || !path.ends_with(kSuffix)) return 0;
  path.remove_prefix(kPrefix.size());
  path.remove_suffix(kSuffix.size());
  uint32_t pid = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), pid);
  return error == std::errc() && end == path.data() + path.size() ? pid : 0;
}

// What the debug information and the symbol table know not: a stub, else where the function starts.
Code code_of_stub(Plt& plt, const ObjectFile& file, std::string_view name, uint64_t address) {
  if (std::string stub = plt.find(address); !stub.empty()) {
    return named(Source::kSymbol, "", std::move(stub));
  }
  uint64_t start = 0;
  if (!file.function_start(address, start)) return {};
  return named(Source::kUnwindTable, "", fmt::format("{}+{:#x}", name, start));
}

// Out of the names that the linker has, or that DebugInfo gave.
void make_readable(const std::vector<DebugInfo::Query>& queries, NameStyle style) {
  struct Unread {
    const std::string& name;
    bool is_linker_name;
    std::string& readable;
  };
  std::unordered_map<std::string_view, std::string> known;
  std::vector<Unread> unread;
  std::vector<std::pair<Frame*, const std::string*>> frames;
  for (const DebugInfo::Query& query : queries) {
    for (Frame& frame : query.code->frames) {
      const bool is_linker_name = frame.name.empty() || style == NameStyle::kNone;
      const std::string& name = is_linker_name ? frame.system_name : frame.name;
      const auto [entry, is_new] = known.try_emplace(name);
      if (is_new) unread.push_back({name, is_linker_name, entry->second});
      frames.emplace_back(&frame, &entry->second);
    }
  }
  on_all_cores(unread.size(), [&](size_t i) {
    const auto& [name, is_linker_name, readable] = unread[i];
    readable = is_linker_name ? demangle(name, style) : simplify(name, style);
  });
  for (const auto& [frame, name] : frames) frame->name = *name;
}

// Which addresses are asked for, as in the file.
std::vector<uint64_t> file_addresses(const ObjectFile& file, const Group& group) {
  std::vector<uint64_t> addresses;
  for (const Request* request : group) {
    const auto& place = request->placement;
    for (const uint64_t address : request->addresses)
      addresses.push_back(place ? file.file_address(address, *place) : address);
  }
  return addresses;
}

void resolve(const ObjectFile& file, const std::string& path, std::vector<DebugInfo::Query>& queries,
             DebugInfo* debug_info, const Settings& settings) {
  SymbolTable symbols(file);
  for (DebugInfo::Query& query : queries) {
    const SymbolTable::Symbol* symbol = symbols.find(query.address);
    query.symbol = symbol != nullptr ? symbol->name : nullptr;
  }
  if (debug_info != nullptr) debug_info->resolve(queries, settings.progress);
  std::optional<Plt> plt;
  for (const DebugInfo::Query& query : queries) {
    if (query.code->source != Source::kNone) continue;
    if (query.symbol != nullptr) {
      *query.code = named(Source::kSymbol, "", query.symbol);
      continue;
    }
    if (!plt) plt.emplace(file);
    *query.code = code_of_stub(*plt, file, base_name(path), query.address);
  }
}

Answer symbolize_file(const ObjectFile& file, const Group& group, const Settings& settings) {
  const auto start = std::chrono::steady_clock::now();
  const std::string& path = group[0]->path;
  const std::vector<uint64_t> addresses = file_addresses(file, group);
  const ObjectFile::DebugElf elf = settings.debug_info ? file.debug_elf() : ObjectFile::DebugElf{};
  const std::string fingerprint = ObjectFile::fingerprint(elf);
  Answer answer;
  answer.codes.resize(addresses.size());
  answer.placements = file.code_placements();
  answer.has_debug_info = !fingerprint.empty();

  const SymbolCache cache(answer.has_debug_info && !file.build_id().empty() ? settings.cache : "");
  const std::string key = fmt::format("{}-{}", file.build_id(), static_cast<int>(settings.style));
  SymbolCache::Codes known = cache.load(key, fingerprint);
  std::vector<DebugInfo::Query> queries;
  for (size_t i = 0; i < addresses.size(); i++) {
    const auto found = known.find(addresses[i]);
    if (found != known.end()) {
      answer.codes[i] = found->second;
    } else {
      queries.push_back({addresses[i], nullptr, &answer.codes[i]});
    }
  }
  if (queries.empty()) return answer;
  std::optional<DebugInfo> debug_info;
  if (answer.has_debug_info) debug_info.emplace(elf, path);
  resolve(file, path, queries, debug_info ? &*debug_info : nullptr, settings);
  make_readable(queries, settings.style);
  if (debug_info && debug_info->missing_files() > 0) {
    const size_t more = debug_info->missing_files() - 1;
    answer.warnings.push_back(fmt::format(
        "no inlined functions of parts of {}: its split debug information is missing, {}{}; packages are "
        "looked for beside it, {}.dwp",
        path, debug_info->missing_file(), more > 0 ? fmt::format(" and {} more", more) : "",
        base_name(path)));
  }
  // .dwo files may change without the program.
  const bool is_kept = cache.keeps() && debug_info && !debug_info->is_split();
  if (is_kept && std::chrono::steady_clock::now() - start >= kWorthKeeping) {
    for (const DebugInfo::Query& query : queries) known[query.address] = *query.code;
    cache.store(key, fingerprint, known);
  }
  return answer;
}

Answer symbolize_group(const Group& group, const Settings& settings) {
  const std::string &path = group[0]->path, &build_id = group[0]->build_id;
  if (path.empty()) return symbolize_by_names(group, PerfMap::of_process(group[0]->pid));
  if (path == kKernel) return symbolize_by_names(group, kernel_symbols(build_id));
  if (const uint32_t pid = pid_of_perf_map(path)) return symbolize_by_names(group, PerfMap::of_process(pid));
  const auto file = ObjectFile::open(path, build_id);
  if (file) return symbolize_file(*file, group, settings);
  Answer answer;
  const bool is_missing = path != kVdso && ::access(path.c_str(), F_OK) != 0;
  // The program is gone or another one now; a copy of it, or what was split off it, may still be there.
  for (const auto find : {program_by_build_id, debug_file_by_build_id}) {
    const std::string other_path = path != kVdso ? find(build_id) : "";
    if (other_path.empty()) continue;
    if (const auto other = ObjectFile::open(other_path, build_id)) {
      return symbolize_file(*other, group, settings);
    }
  }
  for (const Request* request : group) answer.codes.resize(answer.codes.size() + request->addresses.size());
  answer.is_missing = is_missing;
  answer.warnings.push_back(file.error().message());
  return answer;
}

// Indices of requests, by the file that they are of.
std::vector<std::vector<size_t>> by_file(std::span<const Request> requests) {
  std::map<std::tuple<std::string_view, std::string_view, uint32_t>, size_t> known;
  std::vector<std::vector<size_t>> files;
  for (size_t i = 0; i < requests.size(); i++) {
    const Request& r = requests[i];
    const auto [entry, is_new] =
        known.try_emplace({r.path, r.build_id, r.path.empty() ? r.pid : 0}, files.size());
    if (is_new) files.emplace_back();
    files[entry->second].push_back(i);
  }
  return files;
}

// Of several modules together. Each has an equal share: how much work it is shows when it is read.
class SharedProgress {
 public:
  SharedProgress(const Progress& told, size_t modules) : told_(told), done_(modules) {
    if (told_ != nullptr) told_(0, 1);
  }

  Progress of(size_t module) {
    if (told_ == nullptr) return nullptr;
    return [this, module](uint64_t done, uint64_t all) { report(module, done, all); };
  }

  void report(size_t module, uint64_t done, uint64_t all) {
    constexpr uint64_t kShare = 1000;
    if (told_ == nullptr) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t share = done * kShare / all;
    sum_ += share - done_[module];
    done_[module] = share;
    told_(sum_, done_.size() * kShare);
  }

 private:
  const Progress& told_;
  std::mutex mutex_;
  std::vector<uint64_t> done_;  // by module
  uint64_t sum_ = 0;
};

}  // namespace

Answer symbolize(const Request& request, const Settings& settings) {
  return symbolize_group({&request}, settings);
}

std::vector<Answer> symbolize_all(std::span<const Request> requests, const Settings& settings) {
  std::vector<Answer> answers(requests.size());
  const std::vector<std::vector<size_t>> files = by_file(requests);
  SharedProgress progress(settings.progress, files.size());
  on_all_cores(files.size(), [&](size_t f) {
    Settings own = settings;
    own.progress = progress.of(f);
    Group group;
    for (const size_t i : files[f]) group.push_back(&requests[i]);
    Answer all = symbolize_group(group, own);
    auto code = std::make_move_iterator(all.codes.begin());
    for (const size_t i : files[f]) {
      const auto end = code + static_cast<ptrdiff_t>(requests[i].addresses.size());
      answers[i] = {{code, end}, all.placements, all.has_debug_info, all.is_missing, all.warnings};
      code = end;
    }
    progress.report(f, 1, 1);
  });
  return answers;
}

}  // namespace prof::symbols
