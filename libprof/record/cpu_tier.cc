#include "libprof/record/cpu_tier.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libprof/record/perf_ring.h"

namespace prof::record {

int64_t timer_hz() {
  timespec tick = {};
  return ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0 && tick.tv_nsec > 0 ? 1'000'000'000 / tick.tv_nsec
                                                                                : 100;
}

std::string describe_tier(int64_t hz, const CpuTier& tier) {
  if (hz <= timer_hz()) return "";
  if (tier.perf_threads == 0) {
    const bool would_help = tier.refused > 0 && perf_paranoid() > 2;
    return fmt::format("CPU timers: places at {} Hz, totals exact{}", timer_hz(),
                       would_help ? " (finer: sudo sysctl kernel.perf_event_paranoid=2)" : "");
  }
  return fmt::format("perf: user code at {} Hz, time in the kernel at {} Hz{}{}", hz, timer_hz(),
                     tier.refused > 0 ? fmt::format("; {} threads without perf", tier.refused) : "",
                     tier.taken > 0 ? ", all where the program took SIGPROF" : "");
}

CpuTier try_tier() {
  if (::prctl(PR_GET_SECCOMP) != 0) return {0, 1};
  perf_event_attr what = {};
  what.size = sizeof what;
  what.type = PERF_TYPE_SOFTWARE;
  what.config = PERF_COUNT_SW_CPU_CLOCK;
  what.sample_period = 1'000'000;
  what.exclude_kernel = what.exclude_hv = 1;
  const auto fd = static_cast<int>(::syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
  if (fd < 0) return {0, 1};
  const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* const page = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (page == MAP_FAILED) return {0, 1};
  ::munmap(page, size);
  return {1, 0};
}

}  // namespace prof::record
