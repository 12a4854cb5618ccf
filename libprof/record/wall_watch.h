// The part of the wall-clock kind that no agent can see: what threads wait for. Looks at every thread from
// outside, now and then, without stopping or signalling it (docs/wall-clock.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>

#include "libprof/record/outside.h"
#include "libprof/record/process_record.h"
#include "libprof/unwind/offline_unwind.h"

namespace prof::record {

class WallWatch {
 public:
  // Looks are `period_ns` apart on average, or further where they would take more than 2% of a CPU.
  explicit WallWatch(uint64_t period_ns);

  // From now on, of a process that ran before it was recorded.
  static void adopt(ProcessRecord& process);
  // Looks once where it is time: at these processes, those of them that are to be recorded so. Processes that
  // are not among them any more are forgotten.
  void poll(std::span<ProcessRecord* const> processes);
  // Until then; at most `most`.
  int milliseconds_to_next(int most) const;

 private:
  struct Process {
    Process(uint32_t pid, int64_t now_ns) : tasks(pid), since_ns(now_ns) {}
    TaskDirectory tasks;
    int64_t since_ns;  // when we first saw it
    unwind::OfflineUnwinder unwinder;
    uint32_t epoch = 0;  // of the modules that the unwinder knows
    size_t modules = 0;
  };
  void look(ProcessRecord& record, Process& process);
  void look(ProcessRecord& record, Process& process, uint32_t tid);
  static void look_for_ends(ProcessRecord& record, std::span<const uint32_t> threads);
  std::optional<uint32_t> capture(ProcessRecord& record, Process& process, uint32_t tid,
                                  const ThreadAccount& account);
  void read_stack(ProcessRecord& record, Process& process, uint32_t tid, const BlockedAt& at);
  void load_modules(const ProcessRecord& record, Process& process);

  uint64_t period_ns_;
  int64_t next_ns_ = 0;  // CLOCK_MONOTONIC
  std::minstd_rand random_{
      1};  // looks at even distances would see a program that works at even distances askew
  unwind::ElfFiles files_;
  std::map<ProcessRecord*, std::unique_ptr<Process>> processes_;
  std::vector<char> memory_;
  unwind::UnwoundStack stack_;
};

}  // namespace prof::record
