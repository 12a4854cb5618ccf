// All that one process recorded, summed up while it runs: per kind the distinct stacks with their values.
// Memory grows with what is distinct (stacks, blocks alive), not with the number of events.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libprof/base/stack_table.h"
#include "libprof/record/cpu_tier.h"
#include "libprof/record/module_map.h"
#include "libprof/record/wall_accounts.h"
#include "libprof/record/weigh.h"
#include "libprof/spool/reader.h"

namespace prof::record {

// A stack as StackTable holds it.
struct Stack {
  uint32_t epoch = 0;                // of the process's ModuleMap
  uint32_t tid = 0;                  // 0: of a thread past those that are told apart
  uint32_t labels = 0;               // a number for ProcessRecord::labels()
  uint32_t state = 0;                // of the wall kind: WaitState
  uint64_t size = 0;                 // size_class() of kinds that it tells apart, else 0
  uint64_t exact = 0;                // bit i: frames[i] is an interrupted instruction, not a return address
  std::span<const uint64_t> frames;  // leaf first
};

struct KindRecord {
  bool asked = false;  // was to be recorded
  uint64_t period = 0;
  uint64_t events = 0;
  uint64_t weight = 0;  // of those events
  uint64_t truncated_events = 0;
  uint64_t lost_weight = 0;    // of events that did not reach us
  std::vector<Values> values;  // by stack id

  Stack stack(uint32_t id) const;
  uint32_t intern(const Stack& stack);
  size_t stack_count() const { return stacks_.size(); }
  std::unordered_map<uint32_t, uint32_t> latest_run;  // stack of each thread's latest cpu event

 private:
  StackTable stacks_;
  std::vector<uint64_t> scratch_;
};

// A program that this process, or a child that it spawned, became.
struct Executed {
  int64_t time_ns = 0;  // CLOCK_MONOTONIC, before
  uint32_t pid = 0;
  std::string path;  // as it was named: absolute, or to be looked up in PATH
};

class ProcessRecord {
 public:
  ProcessRecord(const spool::Header& header, std::string_view executable);

  void add(const spool::Record& record);
  // A module whose path has another file by now, or had one all along, seen from here.
  void add(const LoadedModule& one) { modules_.load(one.module, one.path, one.file); }
  // Takes the counts as of now; once it `has_ended`, or stopped recording, the last ones.
  void finish(const spool::Header& header, bool has_ended);
  // The last part of that, where the header is gone.
  void settle_waits();

  // The values of a stack's samples with what is alive now added: call once the last record is in, or for a
  // snapshot at any time.
  std::vector<Values> values(Kind kind) const;

  // The wall kind, of which the agent tells the running threads alone. Whoever looks at the others adds them
  // here: intern_wait() gives a stack its number, add_wait() adds time of a thread to it.
  WallAccounts& wall() { return wall_; }
  uint32_t intern_wait(uint32_t tid, uint32_t labels, uint32_t state, std::span<const uint64_t> frames,
                       bool is_whole);
  void add_wait(ThreadAccount& account, uint32_t stack, double ns);
  // At the end of a thread: what of its lifetime no sample told, once.
  void settle(ThreadAccount& account, uint32_t tid, int64_t time_ns);
  // At the end, of threads whose CPU time is known by other means than samples: their samples of the cpu kind
  // stand for all of it, and where there are none, a stack without frames. `times`: nanoseconds by thread.
  void weigh_threads(const std::unordered_map<uint32_t, uint64_t>& times);
  // Of `times`, what was in user mode, where samples are of that alone: `user_ns` in all. Which thread the
  // part without samples is of is not known: each has as much of it as of the time that no sample stands for.
  std::unordered_map<uint32_t, uint64_t> user_times(const std::unordered_map<uint32_t, uint64_t>& times,
                                                    double user_ns) const;
  // A stack of the wall kind with another state.
  uint32_t wall_stack(uint32_t stack, uint32_t state);

  const KindRecord& kind(Kind kind) const { return kinds_[static_cast<size_t>(kind)]; }
  const ModuleMap& modules() const { return modules_; }
  // As it was last told, so that a thread's name is the one it had at its end; "" where it told none.
  const std::string& thread_name(uint32_t tid) const;
  // Keys and values of a label set; none where it was not told.
  using LabelSet = std::vector<std::pair<std::string, std::string>>;
  const LabelSet& labels(uint32_t set) const;
  // Those that were told or sampled, as far as they were told apart.
  size_t thread_count() const { return std::max(thread_names_.size(), threads_.size()); }
  size_t live_blocks() const { return live_.size(); }

  uint32_t pid = 0;
  uint32_t parent_pid = 0;
  uint64_t pid_namespace = 0;  // in which those are numbers; 0: ours, as far as is known
  std::string executable;
  // What it was executed as, where that is known, else the executable's name; without directories.
  std::string name() const;
  int64_t start_realtime_ns = 0;
  int64_t start_monotonic_ns = 0;
  int64_t end_monotonic_ns = 0;  // when it finished, else of the last event
  uint64_t cpu_time_ns = 0;      // of the whole process, as far as it is known
  std::string wall_refused;      // why blocked threads could not be looked at; "" where they could
  bool is_replaced = false;      // it became another program, whose CPU time includes this one's
  std::vector<Executed> executed;
  CpuTier tier;
  uint64_t drops[spool::kDropCount] = {};
  uint64_t skipped_bytes = 0;
  uint32_t lost_children = 0;  // forked, and not recorded
  int lost_children_errno = 0;

 private:
  struct Block {
    uint32_t stack;
    uint64_t weight;
    uint64_t size;
  };
  std::unordered_map<uint32_t, double> sampled_ns() const;  // of the cpu kind, by thread
  void take(const spool::EventRecord& record);
  void take(const spool::Free& record);
  void take(const spool::ModuleRecord& record) { modules_.load(record.module, record.path); }
  void take(const spool::Unload& record) { modules_.unload(record.start); }
  void take(const spool::Thread& record);
  void take(const spool::ExecRecord& record);
  void take(const spool::LabelsRecord& record);

  // Bounds what a program with a thread for every request costs: later ones are one.
  static constexpr size_t kMaxThreads = 1 << 16;
  static constexpr size_t kMaxLabelSets = 1 << 18;  // no agent has more
  uint32_t tid_or_zero(uint32_t tid);
  uint32_t stack_of(const spool::EventRecord& record, KindRecord& kind, uint32_t state);
  uint32_t count(Kind kind, const spool::EventRecord& record, double value, uint32_t state);
  void take_run(const spool::EventRecord& record);

  std::string name_;
  KindRecord kinds_[kKindCount];
  std::unordered_set<uint32_t> threads_;
  std::unordered_map<uint32_t, std::string> thread_names_;
  std::unordered_map<uint32_t, LabelSet> label_sets_;
  WallAccounts wall_;
  ModuleMap modules_;
  std::unordered_map<uint64_t, Block> live_;  // sampled blocks by id
  // Freed before their Event came. The Event is at most one ring behind, so two generations of a ring's worth
  // of frees are enough, and those whose Event was dropped do not stay for ever.
  std::unordered_set<uint64_t> freed_early_[2];
  size_t generation_size_;
};

}  // namespace prof::record
