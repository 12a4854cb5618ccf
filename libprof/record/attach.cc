#include "libprof/record/attach.h"

#include <dirent.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "libprof/base/files.h"
#include "libprof/record/clocks.h"
#include "libprof/record/code_mappings.h"
#include "libprof/record/outside.h"

namespace prof::record {
namespace {

spool::Thread thread_named(uint32_t tid, const std::string& name) {
  spool::Thread thread = {};
  thread.tid = tid;
  std::memcpy(thread.name, name.data(), std::min(name.size(), sizeof thread.name - 1));
  return thread;
}

// perf's order of registers by DWARF number.
constexpr int kPlaces[unwind::kUnwindRegisters] = {0, 3, 2, 1, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 8};

}  // namespace

Attachment::Attachment(PerfRings rings, const PerfOptions& options)
    : rings_(std::move(rings)),
      options_(options),
      ticks_(rings_.ticks_a_period(), rings_.sees_kernel(), std::random_device{}()) {}

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
  add_candidates(process);  // they are of what was loaded before
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
  add_candidates(process);
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
  for (Process& process : all_) add_candidates(process);
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

void Attachment::take(const PerfRecord& record) {
  switch (record.type) {
    case PERF_RECORD_SAMPLE:
      return take_sample(record);
    case PERF_RECORD_FORK:
      return take_fork(record);
    case PERF_RECORD_COMM:
      return take_name(record);
    case PERF_RECORD_MMAP2:
      return take_mapping(record);
    case PERF_RECORD_SWITCH:
      return take_switch(record);
    case PERF_RECORD_EXIT:
      return take_exit(record);
    case PERF_RECORD_LOST:
      lost_ += field<uint64_t>(record, 8);
      return;
    default:
      return;
  }
}

// pid tid
void Attachment::take_switch(const PerfRecord& record) {
  const uint64_t number = number_of(field<uint32_t>(record, 4));
  if ((record.misc & PERF_RECORD_MISC_SWITCH_OUT) != 0) return times_.left(number, record.time_ns);
  times_.came(number, record.time_ns);
}

// pid parent tid
void Attachment::take_exit(const PerfRecord& record) {
  const auto pid = field<uint32_t>(record, 0), tid = field<uint32_t>(record, 8);
  times_.left(number_of(tid), record.time_ns);
  ticks_.ended(number_of(tid));
  const auto known = by_pid_.find(pid);
  if (known != by_pid_.end()) add_candidate(*known->second, tid);
  if (known == by_pid_.end() || tid != pid) return;
  Process& left = *known->second;
  left.has_left = true;
  if (!left.awaits_program || lost_ > 0) return;
  // Events end with an exec whose program is not to be looked into, and the process goes on: its clock is of
  // what is not sampled.
  shut_[left.record->name()]++;
  forget(left);
  by_pid_.erase(known);
}

// pid tid time abi registers size stack used: no registers and no stack for a thread of the kernel's.
void Attachment::take_sample(const PerfRecord& record) {
  constexpr size_t kRegisters = 24, kSize = kRegisters + 8 * PerfRings::kRegisterCount, kStack = kSize + 8;
  Process& from = process(field<uint32_t>(record, 0), 0, record.time_ns);
  const auto tid = field<uint32_t>(record, 4);
  times_.runs(number_of(tid), record.time_ns);
  const TickChoice::Use use = ticks_.next(number_of(tid));
  if (use == TickChoice::Use::kNone) return;
  if (field<uint64_t>(record, 16) != PERF_SAMPLE_REGS_ABI_64) return;
  unwind::CapturedStack captured;
  for (int i = 0; i < unwind::kUnwindRegisters; i++) {
    captured.registers[i] = field<uint64_t>(record, kRegisters + 8 * static_cast<size_t>(kPlaces[i]));
  }
  const auto size = field<uint64_t>(record, kSize);
  if (size <= record.body.size() && kStack + size + 8 <= record.body.size()) {
    const auto used = std::min(size, field<uint64_t>(record, kStack + size));
    captured.memory = std::span(record.body).subspan(kStack, used);
  }
  from.unwinder->unwind(captured, stack_);
  spool::Event event = {};
  event.time_ns = record.time_ns;
  event.tid = tid;
  event.kind = Kind::k_cpu;
  event.flags = stack_.whole ? 0 : spool::kTruncated;
  event.frame_count = static_cast<uint16_t>(stack_.frames.size());
  event.weight = 1;
  event.exact = stack_.exact;
  if (use == TickChoice::Use::kCandidate) {
    from.candidates[tid] = {event, stack_.frames};
    return;
  }
  add_candidate(from, tid);
  from.record->add(spool::EventRecord{event, stack_.frames});
}

void Attachment::add_candidate(Process& process, uint32_t tid) {
  const auto candidate = process.candidates.find(tid);
  if (candidate == process.candidates.end()) return;
  process.record->add(spool::EventRecord{candidate->second.event, candidate->second.frames});
  process.candidates.erase(candidate);
}

void Attachment::add_candidates(Process& process) {
  while (!process.candidates.empty()) add_candidate(process, process.candidates.begin()->first);
}

void Attachment::take_fork(const PerfRecord& record) {
  const auto pid = field<uint32_t>(record, 0), parent = field<uint32_t>(record, 4);
  const auto tid = field<uint32_t>(record, 8), parent_tid = field<uint32_t>(record, 12);
  if (!options_.children && pid != parent) return;  // told all the same, and not sampled
  if (const auto old = by_pid_.find(pid); pid != parent && old != by_pid_.end() && old->second->has_left) {
    forget(*old->second);  // its number is used again
    by_pid_.erase(old);
  }
  const bool is_new = !by_pid_.contains(pid);
  Process& child = process(pid, parent, record.time_ns);
  by_tid_[tid] = &child;
  const auto known = by_pid_.find(parent);
  if (known == by_pid_.end()) return;
  if (is_new) {
    child.modules = known->second->modules;
    for (const LoadedModule& one : child.modules) {
      child.unwinder->load(one.module, files_.get(one.file));
      child.record->add(one);
    }
  }
  child.record->add(thread_named(tid, known->second->record->thread_name(parent_tid)));
}

void Attachment::take_name(const PerfRecord& record) {
  const auto pid = field<uint32_t>(record, 0), tid = field<uint32_t>(record, 4);
  Process& named = process(pid, 0, record.time_ns);
  named.record->add(thread_named(tid, text_in(record, 8)));
  if ((record.misc & PERF_RECORD_MISC_COMM_EXEC) == 0) return;
  // All others have ended; the one that called exec has the first one's number now.
  named.has_left = false;
  by_tid_[pid] = &named;
  for (const uint64_t other : times_.running()) {
    if (other != number_of(pid) && other >> 32 == named.number) times_.left(other, record.time_ns);
  }
  times_.runs(number_of(pid), record.time_ns);
  add_candidates(named);
  for (const LoadedModule& one : named.modules) named.record->add(spool::Unload{one.module.start});
  named.modules.clear();
  named.unwinder->forget_all();
  named.record->executable = text_in(record, 8);
  named.awaits_program = true;
}

// The kernel maps the program before its loader; /proc may tell a later one, or nothing any more.
void Attachment::take_mapping(const PerfRecord& record) {
  Process& mapper = process(field<uint32_t>(record, 0), 0, record.time_ns);
  const FileMapping mapping = mapping_in(record);
  if (mapper.awaits_program && is_file(mapping)) {
    mapper.record->executable = name_of(mapping.path);
    mapper.awaits_program = false;
  }
  load_module(mapper, mapping);
}

}  // namespace prof::record
