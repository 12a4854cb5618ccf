// Which code a sample's stack goes through, leaf first.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include "libprof/perf/processes.h"
#include "libprof/perf/sample.h"
#include "libprof/unwind/offline_unwind.h"

namespace prof::perf {

struct Frame {
  uint64_t address = 0;    // of a call: within it, not after it
  bool is_kernel = false;  // in the kernel's mappings, else in the process's
};

class Stacks {
 public:
  Stacks(const Processes& processes, bool unwinds) : processes_(processes), unwinds_(unwinds) {}

  // `misc`: of the record. False where the stack ends early; what is known of it is there then, too.
  bool of(const Sample& sample, uint16_t misc, const perf_event_attr& attribute, std::vector<Frame>& frames);

 private:
  struct Process {
    unwind::OfflineUnwinder unwinder;
    uint64_t version = 0;
  };
  bool unwind(const Sample& sample, std::vector<Frame>& frames);
  unwind::OfflineUnwinder& unwinder(uint32_t pid);

  const Processes& processes_;
  const bool unwinds_;
  unwind::ElfFiles files_;
  std::map<uint32_t, Process> unwinders_;
  unwind::UnwoundStack unwound_;
};

}  // namespace prof::perf
