#include "libprof/perf/processes.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>

#include "libprof/base/hex.h"
#include "libprof/perf/bytes.h"

namespace prof::perf {
namespace {

constexpr uint16_t kIsData = 1 << 13;      // of MMAP: not executable
constexpr uint16_t kIsExec = 1 << 13;      // of COMM: by exec
constexpr uint16_t kHasBuildId = 1 << 14;  // of MMAP2

// What the kernel calls mappings without a file; that such code is a JIT compiler's is perf's convention.
bool is_anonymous(std::string_view path) {
  return path.starts_with("//anon") || path.starts_with("/dev/zero") || path.starts_with("/anon_hugepage");
}

uint64_t key(uint32_t pid, uint32_t tid) { return uint64_t{pid} << 32 | tid; }

// Mapping anew replaces what was there.
void put(std::vector<Map>& maps, const Map& map) {
  auto at = std::lower_bound(maps.begin(), maps.end(), map.start,
                             [](const Map& m, uint64_t a) { return m.limit <= a; });
  Map before, after;
  auto end = at;
  for (; end != maps.end() && end->start < map.limit; ++end) {
    if (end->start < map.start) before = {end->start, map.start, end->offset, end->file};
    if (end->limit > map.limit)
      after = {map.limit, end->limit, end->offset + (map.limit - end->start), end->file};
  }
  at = maps.erase(at, end);
  if (after.limit != 0) at = maps.insert(at, after);
  at = maps.insert(at, map);
  if (before.limit != 0) maps.insert(at, before);
}

}  // namespace

void Processes::take(const Record& record, const DataFile& data) {
  switch (record.type) {
    case PERF_RECORD_MMAP:
    case PERF_RECORD_MMAP2:
      return take_map(record, data);
    case PERF_RECORD_FORK:
      return take_fork(record);
    case PERF_RECORD_COMM: {
      Bytes all(record.body);
      const uint32_t pid = all.u32(), tid = all.u32();
      std::string name = all.text();
      if (!all.is_good() || name.size() > 64) return;
      names_[key(pid, tid)] = std::move(name);
      if ((record.misc & kIsExec) == 0) return;
      Process& process = processes_[pid];
      process = {{}, kNone, process.version + 1};
      return;
    }
    default:
      return;
  }
}

void Processes::take_map(const Record& record, const DataFile& data) {
  Bytes all(record.body);
  const uint32_t pid = all.u32();
  all.skip(4);
  Map map;
  map.start = all.u64();
  const uint64_t size = all.u64();
  map.limit = size > UINT64_MAX - map.start ? UINT64_MAX : map.start + size;
  map.offset = all.u64();
  std::string build_id;
  bool is_code = (record.misc & kIsData) == 0;
  if (record.type == PERF_RECORD_MMAP2) {
    const auto identity = all.view(24);
    if ((record.misc & kHasBuildId) != 0 && all.is_good()) {
      const size_t bytes = std::min<size_t>(static_cast<uint8_t>(identity[0]), 20);
      build_id = hex_of(identity.substr(4, bytes));
    }
    is_code = (all.u32() & PROT_EXEC) != 0;
    all.skip(4);
  }
  std::string path = all.text();
  if (!all.is_good() || !is_code || map.start >= map.limit) return;
  if (const auto known = data.build_ids.find(path); build_id.empty() && known != data.build_ids.end()) {
    build_id = known->second;
  }
  const bool is_jit = is_anonymous(path);
  if (is_jit) {
    path = fmt::format("/tmp/perf-{}.map", pid);
    map.offset = map.start;  // its names are of addresses: no two of a process's mappings are the same code
  }
  map.file = file(path, build_id);
  // With a kernel's own mapping comes where its symbol was: that is no offset.
  if (pid == kKernelPid) map.offset = 0;
  if (Map& first = files_[map.file].first; first.limit == 0) first = map;
  Process& process = processes_[pid];
  if (process.program == kNone && !is_jit && path.starts_with('/')) process.program = map.file;
  process.version++;
  put(process.top.maps, map);
}

void Processes::take_fork(const Record& record) {
  Bytes all(record.body);
  const uint32_t pid = all.u32(), parent = all.u32(), tid = all.u32(), parent_tid = all.u32();
  if (!all.is_good()) return;
  if (const auto name = names_.find(key(parent, parent_tid)); name != names_.end())
    names_[key(pid, tid)] = name->second;
  if (pid == parent || pid == kKernelPid) return;
  const auto known = processes_.find(parent);
  if (known == processes_.end()) return;
  share(known->second);
  Process child = known->second;
  child.top.maps.clear();
  child.version++;
  processes_[pid] = std::move(child);
}

// Makes a layer of what `process` has mapped since its last one, unless it is out of budget.
void Processes::share(Process& process) {
  constexpr uint32_t kMostLayers = 64;
  Layer& top = process.top;
  if (top.maps.empty()) return;
  if (top.depth >= kMostLayers) {
    uint64_t size = 0;
    for (const Layer* layer = &top; layer != nullptr; layer = layer->below.get()) size += layer->maps.size();
    if (size > budget_) {
      incomplete_++;
      return;
    }
    budget_ -= size;
    top = {all_of(top), nullptr, 0};
  }
  const uint32_t depth = top.depth + 1;
  auto layer = std::make_shared<const Layer>(std::move(top));
  top = {{}, std::move(layer), depth};
}

std::vector<Map> Processes::all_of(const Layer& top) {
  std::vector<const Layer*> layers;
  for (const Layer* layer = &top; layer != nullptr; layer = layer->below.get()) layers.push_back(layer);
  std::vector<Map> all;
  for (size_t i = layers.size(); i-- > 0;) {
    if (all.empty())
      all = layers[i]->maps;
    else
      for (const Map& map : layers[i]->maps) put(all, map);
  }
  return all;
}

uint32_t Processes::file(const std::string& path, const std::string& build_id) {
  const auto [entry, is_new] =
      file_index_.try_emplace({path, build_id}, static_cast<uint32_t>(files_.size()));
  if (is_new) files_.push_back({path, build_id, {}});
  return entry->second;
}

const Map* Processes::find(uint32_t pid, uint64_t address) const {
  const auto known = processes_.find(pid);
  const Layer* layer = known == processes_.end() ? nullptr : &known->second.top;
  for (; layer != nullptr; layer = layer->below.get()) {
    const std::vector<Map>& maps = layer->maps;
    const auto at = std::upper_bound(maps.begin(), maps.end(), address,
                                     [](uint64_t a, const Map& m) { return a < m.limit; });
    if (at != maps.end() && at->start <= address) return &*at;
  }
  return nullptr;
}

std::vector<Map> Processes::maps(uint32_t pid) const {
  const auto known = processes_.find(pid);
  return known == processes_.end() ? std::vector<Map>() : all_of(known->second.top);
}

uint64_t Processes::version(uint32_t pid) const {
  const auto known = processes_.find(pid);
  return known == processes_.end() ? 0 : known->second.version;
}

const std::string& Processes::thread_name(uint32_t pid, uint32_t tid) const {
  static const std::string kUnknown;
  for (const uint64_t one : {key(pid, tid), key(pid, pid)}) {
    if (const auto known = names_.find(one); known != names_.end()) return known->second;
  }
  return kUnknown;
}

uint32_t Processes::program(uint32_t pid) const {
  const auto known = processes_.find(pid);
  return known == processes_.end() ? kNone : known->second.program;
}

}  // namespace prof::perf
