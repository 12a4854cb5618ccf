#include "libprof/agent/perf_clock.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

// Called from: the signal handler. Never blocks.
void* map_file_page(int fd) {
  const long address = ::syscall(SYS_mmap, nullptr, kPageSize, PROT_READ, MAP_SHARED, fd, 0);
  return address == -1 ? nullptr : reinterpret_cast<void*>(address);
}

// Called from: the signal handler. Never blocks.
bool signal_this_thread(int fd) {
  const f_owner_ex owner = {F_OWNER_TID, static_cast<pid_t>(::syscall(SYS_gettid))};
  return ::syscall(SYS_fcntl, fd, F_SETOWN_EX, &owner) == 0 &&
         ::syscall(SYS_fcntl, fd, F_SETSIG, SIGPROF) == 0 && ::syscall(SYS_fcntl, fd, F_SETFL, O_ASYNC) == 0;
}

}  // namespace

uint64_t kernel_tick_ns() {
  timespec tick = {};
  return ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0 ? static_cast<uint64_t>(tick.tv_nsec) : 0;
}

bool may_use_perf() { return ::prctl(PR_GET_SECCOMP) == 0; }

void* open_perf_clock(uint64_t period_ns, bool& is_final) {
  perf_event_attr what = {};
  what.size = sizeof what;
  what.type = PERF_TYPE_SOFTWARE;
  what.config = PERF_COUNT_SW_CPU_CLOCK;
  what.sample_period = period_ns;
  what.wakeup_events = 1;
  what.exclude_kernel = 1;
  what.exclude_hv = 1;
  const auto fd = static_cast<int>(::syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
  is_final = fd < 0 && (errno == EACCES || errno == EPERM || errno == ENOSYS || errno == ENOENT);
  if (fd < 0) return nullptr;
  // The page before the signal: with no page there would be no one left to end it.
  void* clock = map_file_page(fd);
  if (clock != nullptr && !signal_this_thread(fd)) {
    unmap(clock, kPageSize);
    clock = nullptr;
  }
  ::syscall(SYS_close, fd);
  return clock;
}

void close_perf_clock(void* clock) { unmap(clock, kPageSize); }

}  // namespace prof::agent
