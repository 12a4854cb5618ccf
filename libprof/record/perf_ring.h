// perf_event_open(2): CPU-clock samples with user registers and stacks of a process, its threads and, where
// asked, its descendants, from outside; in one ring for each CPU.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "libprof/base/error.h"

namespace prof::record {

struct PerfOptions {
  pid_t pid = 0;
  uint64_t period_ns = 10'000'000;
  bool children = true;
  uint32_t kinds = 1;      // bit 1 << Kind of what is made of the samples: cpu, wall or both
  bool from_exec = false;  // from the next exec of `pid` on, and not now
};

// A record as the kernel wrote it, without its header; `time` orders those of all CPUs (CLOCK_MONOTONIC).
struct PerfRecord {
  uint32_t type = 0;  // PERF_RECORD_*
  uint16_t misc = 0;
  int64_t time_ns = 0;
  std::vector<char> body;
};

// At `offset` of its body: a value, 0 where the body ends before it; text up to its zero.
template <typename T>
T field(const PerfRecord& record, size_t offset) {
  T value = {};
  if (offset + sizeof value <= record.body.size()) {
    std::memcpy(&value, record.body.data() + offset, sizeof value);
  }
  return value;
}
inline std::string text_in(const PerfRecord& record, size_t offset) {
  if (offset >= record.body.size()) return "";
  return {record.body.data() + offset, ::strnlen(record.body.data() + offset, record.body.size() - offset)};
}

class PerfRings {
 public:
  // An Error says which setting refuses, its value, and the command that would allow it.
  static Result<PerfRings> open(const PerfOptions& options);
  PerfRings(PerfRings&& other) noexcept;
  PerfRings& operator=(PerfRings&&) = delete;
  ~PerfRings();

  // Time in the kernel is seen too; else samples come from user mode alone.
  bool sees_kernel() const { return sees_kernel_; }
  // How long samples may be left there: a quarter of a ring, where one thread a CPU runs.
  int milliseconds_to_poll(const PerfOptions& options) const;
  // What was there when it was called, in order of time.
  std::vector<PerfRecord> drain();
  // Nanoseconds that all threads together have run that events were opened on, or inherited by, since.
  uint64_t count() const;
  // Threads that events were opened on, those of a parent before those of its children.
  struct Opened {
    uint32_t pid, parent;
    uint32_t tid;
    int64_t time_ns;
  };
  const std::vector<Opened>& opened() const { return opened_; }
  // Descendants that may not be sampled.
  const std::set<uint32_t>& refused() const { return refused_; }

  static constexpr uint64_t kRegisters = 0xff01ff;  // ax to ip, r8 to r15
  static constexpr int kRegisterCount = 17;

 private:
  struct Ring {
    int cpu;
    int fd;
    perf_event_mmap_page* page;
  };
  PerfRings() = default;
  // What was not there a moment ago; whether there was anything.
  Result<bool> open_new(const PerfOptions& options);
  // On all CPUs; on none where the thread has ended.
  Result<void> open_thread(const PerfOptions& options, uint32_t tid);
  Result<void> map_rings(std::vector<Ring> rings);
  void unmap_rings();

  std::vector<Ring> rings_;
  std::vector<int> events_;  // all of them; they write into the rings, whose own descriptors are among them
  std::vector<Opened> opened_;
  std::set<uint32_t> seen_;  // threads
  std::set<uint32_t> refused_;
  std::vector<PerfRecord> later_;  // than the latest drain()
  uint64_t ring_size_ = 0;         // of each, without its page of counts: as large as we may, and 2^n
  bool sees_kernel_ = true;
};

// What /proc says of perf, and what to do about it: for the error above and for `prof doctor`.
int perf_paranoid();
Error explain_perf(int error, pid_t pid);

}  // namespace prof::record
