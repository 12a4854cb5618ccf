// CPU time: a timer on each thread's own CPU clock, which signals that very thread. Needs no privilege,
// counts system time, is fair to every thread, and loses nothing to the kernel's tick: what expired between
// two signals comes as overrun and is added to the sample's weight.
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>

#include "libprof/agent/engine.h"
#include "libprof/agent/record.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

// Armed timers by thread: tid << 32 | kernel timer id + 1, or tid << 32 while it is being made; 0 is free.
// Writers: whoever starts, stops, or begins or ends a thread, compare and swap. A thread that the agent did
// not see begin leaves its timer here when it ends; start, stop, or a new thread of the same number takes it.
constexpr uint32_t kSlots = 1 << 15;
constexpr uint32_t kReach = 64;
std::atomic<uint64_t> slots[kSlots];

uint64_t slot_word(uint32_t tid, int timer) { return uint64_t{tid} << 32 | static_cast<uint32_t>(timer + 1); }

void delete_timer(uint64_t word) {
  if (const auto id = static_cast<uint32_t>(word); id != 0)
    ::syscall(SYS_timer_delete, static_cast<int>(id - 1));
}

// A slot for `tid`; null where there is none, or where the thread has its timer already.
std::atomic<uint64_t>* claim_slot(uint32_t tid, bool is_self, bool& is_armed) {
  std::atomic<uint64_t>* free = nullptr;
  for (uint32_t i = 0; i < kReach; ++i) {
    std::atomic<uint64_t>& slot = slots[(tid + i) % kSlots];
    const uint64_t word = slot.load(std::memory_order_acquire);
    if (word >> 32 == tid) {
      if (!is_self) {
        is_armed = true;
        return nullptr;
      }
      delete_timer(word);  // of an earlier thread of this number, or a sweep's
      slot.store(slot_word(tid, -1), std::memory_order_release);
      return &slot;
    }
    if (word == 0 && free == nullptr) free = &slot;
  }
  uint64_t expected = 0;
  if (free == nullptr || !free->compare_exchange_strong(expected, slot_word(tid, -1))) return nullptr;
  return free;
}

timespec time_of(uint64_t ns) {
  return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

void arm(uint32_t tid, bool is_self) {
  if (!is_recording(Kind::k_cpu)) return;
  bool is_armed = false;
  std::atomic<uint64_t>* const slot = claim_slot(tid, is_self, is_armed);
  if (is_armed) return;
  int timer = -1;
  if (slot != nullptr) {
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event.sigev_value.sival_ptr = &timer_cookie;
    event._sigev_un._tid = static_cast<pid_t>(tid);
    const auto clock = static_cast<clockid_t>(~tid << 3 | 6);  // per thread, scheduler's time
    if (::syscall(SYS_timer_create, clock, &event, &timer) != 0) {
      timer = -1;
      slot->store(0, std::memory_order_release);
    }
  }
  if (timer < 0) {
    state->writer.count_drop(spool::Drop::no_timer);
    return;
  }
  slot->store(slot_word(tid, timer), std::memory_order_release);
  const uint64_t period = state->periods[static_cast<int>(Kind::k_cpu)];
  // A random first expiry: threads that begin together, or run for less than a period, are seen without bias.
  const auto first = static_cast<uint64_t>(thread_random().unit() * static_cast<double>(period));
  const itimerspec times = {time_of(period), time_of(first == 0 ? 1 : first)};
  ::syscall(SYS_timer_settime, timer, 0, &times, nullptr);
}

// Called from: threads, the signal handler. Never blocks.
void thread_end() {
  const uint32_t tid = current_tid();
  for (uint32_t i = 0; i < kReach; ++i) {
    auto& slot = slots[(tid + i) % kSlots];
    if (slot.load(std::memory_order_acquire) >> 32 == tid) delete_timer(slot.exchange(0));
  }
}

// Called from: the signal handler. Never blocks.
void sample(int overrun, const ucontext_t& context) {
  if (!is_recording(Kind::k_cpu)) return thread_end();  // the collector asked for no more
  const auto* const general = reinterpret_cast<const uint64_t*>(context.uc_mcontext.gregs);
  Sample taken = {};
  taken.kind = Kind::k_cpu;
  taken.from = {general[REG_RIP], general[REG_RSP], general[REG_RBP], general[REG_RBX], general};
  taken.interrupted = true;
  if ((context.uc_stack.ss_flags & SS_DISABLE) == 0) {
    const auto low = reinterpret_cast<uint64_t>(context.uc_stack.ss_sp);
    taken.alternate = {low, low + context.uc_stack.ss_size};
  }
  taken.weight = 1 + static_cast<uint64_t>(overrun > 0 ? overrun : 0);
  record(taken);
}

void start() { take_sigprof(sample); }

void stop() {
  release_sigprof();
  for (auto& slot : slots) {
    if (slot.load(std::memory_order_relaxed) != 0) delete_timer(slot.exchange(0));
  }
}

// Timers are not inherited.
void forked() {
  for (auto& slot : slots) {
    if (slot.load(std::memory_order_relaxed) != 0) slot.store(0, std::memory_order_relaxed);
  }
}

}  // namespace

const Engine cpu_engine = {init_signals, start, stop, arm, thread_end, forked};

}  // namespace prof::agent
