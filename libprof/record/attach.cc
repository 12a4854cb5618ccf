#include "libprof/record/attach.h"

#include <dirent.h>

#include <cstdlib>
#include <cstring>

#include "libprof/base/files.h"
#include "libprof/record/clocks.h"
#include "libprof/record/code_mappings.h"
#include "libprof/record/outside.h"

namespace prof::record {

Attachment::Attachment(PerfRings rings, const PerfOptions& options)
    : rings_(std::move(rings)), options_(options) {}

Result<Attachment> Attachment::open(const PerfOptions& options) {
  auto rings = PerfRings::open(options);
  if (!rings) return tl::unexpected<Error>(rings.error());
  Attachment made(std::move(*rings), options);
  if (options.from_exec) made.begin(static_cast<uint32_t>(options.pid), 0);
  for (const auto& [pid, parent, tid, time_ns] : made.rings_.opened()) {
    if (!made.by_pid_.contains(pid)) made.load_maps(made.begin(pid, parent));
    made.by_tid_[tid] = made.by_pid_.at(pid);
    made.times_.opened(made.number_of(tid), time_ns);
  }
  return made;
}

Attachment::Process& Attachment::begin(uint32_t pid, uint32_t parent) {
  Process& made = process(pid, parent, now_ns());
  if (std::string path = executable_of(pid); !path.empty()) made.record->executable = std::move(path);
  made.cpu_before_ns = cpu_ns_of(pid);
  made.ticked_before_ns = ticked_ns_of(pid);
  made.user_before_ns = ticked_user_ns_of(pid);
  return made;
}

Attachment::Process& Attachment::process(uint32_t pid, uint32_t parent, int64_t time_ns) {
  const auto known = by_pid_.find(pid);
  if (known != by_pid_.end()) return *known->second;
  const auto header = std::make_unique<spool::Header>();
  header->pid = pid;
  header->parent_pid = parent;
  header->ring_size = 1 << 20;
  header->kinds = options_.kinds;
  header->periods[static_cast<size_t>(Kind::k_cpu)] = options_.period_ns;
  header->periods[static_cast<size_t>(Kind::k_wall)] = options_.period_ns;
  header->start_monotonic_ns = time_ns;
  header->start_realtime_ns = now_ns(CLOCK_REALTIME);
  const auto from = by_pid_.find(parent);
  ProcessRecord& record = processes_.emplace_back(
      *header, from != by_pid_.end() ? from->second->record->executable : executable_of(pid));
  Process& made = all_.emplace_back();
  by_pid_[pid] = &made;
  made.number = all_.size() - 1;
  made.record = &record;
  made.unwinder = std::make_unique<unwind::OfflineUnwinder>();
  return made;
}

spool::Thread Attachment::thread_named(uint32_t tid, const std::string& name) {
  spool::Thread thread = {};
  thread.tid = tid;
  std::memcpy(thread.name, name.data(), std::min(name.size(), sizeof thread.name - 1));
  return thread;
}

// What was loaded before we came, and the threads' names.
void Attachment::load_maps(Process& process) {
  for (const FileMapping& mapping : code_of(process.record->pid)) load_module(process, mapping);
  const std::string directory = "/proc/" + std::to_string(thread_with_memory(process.record->pid));
  DIR* const tasks = ::opendir((directory + "/task").c_str());
  if (tasks == nullptr) return;
  while (const dirent* entry = ::readdir(tasks)) {
    const auto name = read_file(directory + "/task/" + entry->d_name + "/comm", 64);
    const auto tid = static_cast<uint32_t>(std::atoi(entry->d_name));
    if (tid != 0 && name) process.record->add(thread_named(tid, name->substr(0, name->find('\n'))));
  }
  ::closedir(tasks);
}

void Attachment::load_module(Process& process, const FileMapping& mapping) {
  const bool is_vdso = mapping.path == "[vdso]";
  if (!is_vdso && !is_file(mapping)) return;
  const std::string& found = is_vdso ? mapping.path : mapped_.find(process.record->pid, mapping);
  // Known by its name alone: what is at that path is another file, and must not be read.
  LoadedModule one = {module_of(mapping), name_of(mapping.path),
                      found.empty() ? mapping.path + " (unreadable)" : found};
  const unwind::ElfFile* const file = found.empty() ? nullptr : files_.get(found);
  if (!found.empty()) {
    const auto module = file != nullptr ? file->module_at(mapping.start, mapping.offset) : std::nullopt;
    if (!module) return;
    one.module = *module;
  }
  one.module.path_size = static_cast<uint32_t>(one.path.size());
  process.unwinder->load(one.module, file);
  process.record->add(one);
  process.modules.push_back(std::move(one));
}

void Attachment::poll() {
  for (const PerfRecord& record : rings_.drain()) take(record);
  for (auto known = by_pid_.begin(); known != by_pid_.end();) {
    Process& process = *known->second;
    if (process.has_ended) {
      forget(process);
      known = by_pid_.erase(known);
      continue;
    }
    read_clock(process);
    ++known;
  }
}

// A thread whose beginning was lost is the first process's.
const Attachment::Process& Attachment::process_of(uint32_t tid) const {
  const auto known = by_tid_.find(tid);
  return known != by_tid_.end() ? *known->second : all_[0];
}

uint64_t Attachment::number_of(uint32_t tid) const { return uint64_t{process_of(tid).number} << 32 | tid; }

void Attachment::forget(Process& process) {
  process.unwinder.reset();
  process.modules = {};
}

std::vector<ProcessRecord*> Attachment::recording() {
  std::vector<ProcessRecord*> all;
  for (const auto& [pid, process] : by_pid_) all.push_back(process->record);
  return all;
}

void Attachment::read_clock(Process& process) {
  const uint64_t now = cpu_ns_of(process.record->pid);
  process.has_ended = now == 0;
  if (now > process.cpu_before_ns) {
    uint64_t& used = process.record->cpu_time_ns;
    used = std::max(used, now - process.cpu_before_ns);
  }
  if (sees_kernel() || now == 0) return;
  // In this order: what comes between is no user time too much.
  const uint64_t user = ticked_user_ns_of(process.record->pid);
  const uint64_t all = ticked_ns_of(process.record->pid);
  if (all <= process.ticked_before_ns || user < process.user_before_ns) return;
  process.user_part = static_cast<double>(user - process.user_before_ns) /
                      static_cast<double>(all - process.ticked_before_ns);
}

void Attachment::settle() {
  const uint64_t total = rings_.count();
  const int64_t now = now_ns();
  for (const uint64_t number : times_.running()) {
    const auto tid = static_cast<uint32_t>(number);
    if (number != number_of(tid) || process_of_thread(tid) == 0) times_.forget_turn(number);
  }
  std::map<size_t, std::unordered_map<uint32_t, uint64_t>> by_process;
  for (const auto& [number, ns] : times_.times(now, total))
    by_process[number >> 32][static_cast<uint32_t>(number)] = ns;
  for (const auto& [number, times] : by_process) {
    ProcessRecord& record = *all_[number].record;
    // Its clocks were read at the latest poll before its end.
    uint64_t all = 0;
    for (const auto& [tid, ns] : times) all += ns;
    const double user_ns = all_[number].user_part * static_cast<double>(all);
    record.weigh_threads(sees_kernel() ? times : record.user_times(times, user_ns));
    record.cpu_time_ns = std::max(record.cpu_time_ns, all);
  }
}

}  // namespace prof::record
