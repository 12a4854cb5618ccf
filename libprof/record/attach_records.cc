// What each of perf's records says of the processes that an Attachment records.
#include <algorithm>
#include <span>

#include "libprof/record/attach.h"
#include "libprof/record/code_mappings.h"

namespace prof::record {
namespace {

// perf's order of registers by DWARF number.
constexpr int kPlaces[unwind::kUnwindRegisters] = {0, 3, 2, 1, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 8};

}  // namespace

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
  const auto known = by_pid_.find(pid);
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
  from.record->add(spool::EventRecord{event, stack_.frames});
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
