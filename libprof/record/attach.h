// Recording without an agent: what perf samples of a process from outside becomes ProcessRecords, as what an
// agent wrote would. CPU time only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "libprof/record/mapped_files.h"
#include "libprof/record/perf_ring.h"
#include "libprof/record/process_record.h"
#include "libprof/record/thread_times.h"
#include "libprof/unwind/offline_unwind.h"

namespace prof::record {

class Attachment {
 public:
  static Result<Attachment> open(const PerfOptions& options);

  // Takes and unwinds what was sampled up to now.
  void poll();
  // After the last poll: processes have the CPU time that their threads used, and samples stand for it; where
  // time in the kernel is not seen, for the part in user mode.
  void settle();
  const std::deque<ProcessRecord>& processes() const { return processes_; }
  std::vector<ProcessRecord*> recording();  // those that have not ended
  bool sees_kernel() const { return rings_.sees_kernel(); }
  int milliseconds_to_poll() const { return rings_.milliseconds_to_poll(options_); }
  uint64_t lost() const { return lost_; }
  // Programs that perf stopped at: their number by name.
  const std::map<std::string, uint64_t>& shut() const { return shut_; }
  size_t refused() const { return rings_.refused().size(); }  // descendants that may not be sampled

 private:
  struct Process {
    size_t number = 0;  // that no other one has: of its record
    ProcessRecord* record = nullptr;
    std::unique_ptr<unwind::OfflineUnwinder> unwinder;
    std::vector<LoadedModule> modules;
    // Of what it used before, and up to the latest poll.
    uint64_t cpu_before_ns = 0, ticked_before_ns = 0, user_before_ns = 0;
    double user_part = 0;         // of the time since; 0 where no tick found it
    bool awaits_program = false;  // has called exec, and its program is not mapped yet
    bool has_left = false;        // its first thread, at least
    bool has_ended = false;       // as of the latest poll: what it left behind is in the rings
  };
  Attachment(PerfRings rings, const PerfOptions& options);
  Process& process(uint32_t pid, uint32_t parent, int64_t time_ns);
  Process& begin(uint32_t pid, uint32_t parent);  // that was there before
  void load_maps(Process& process);
  static spool::Thread thread_named(uint32_t tid, const std::string& name);
  void load_module(Process& process, const FileMapping& mapping);
  // attach_records.cc
  void take(const PerfRecord& record);
  void take_switch(const PerfRecord& record);
  void take_sample(const PerfRecord& record);
  void take_fork(const PerfRecord& record);
  void take_mapping(const PerfRecord& record);
  void take_name(const PerfRecord& record);
  void take_exit(const PerfRecord& record);
  void read_clock(Process& process);
  static void forget(Process& process);  // all but its samples and times
  const Process& process_of(uint32_t tid) const;
  uint64_t number_of(uint32_t tid) const;  // for times_

  PerfRings rings_;
  PerfOptions options_;
  MappedFiles mapped_;
  unwind::ElfFiles files_;
  std::deque<ProcessRecord> processes_;
  std::deque<Process> all_;              // as processes_
  std::map<uint32_t, Process*> by_pid_;  // those that have not ended
  ThreadTimes times_;
  std::map<uint32_t, Process*> by_tid_;  // the latest with a thread of that number
  std::map<std::string, uint64_t> shut_;
  uint64_t lost_ = 0;
  unwind::UnwoundStack stack_;
};

}  // namespace prof::record
