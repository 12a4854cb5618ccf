// CPU time: a timer on each thread's own CPU clock, which signals that very thread. Needs no privilege,
// counts system time, is fair to every thread, and loses nothing to the kernel's tick: what expired between
// two signals comes as overrun and is added to the sample's weight. docs/cpu-sampling.md has the figures.
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/alternate_stack.h"
#include "libprof/agent/clock.h"
#include "libprof/agent/cpu_timers.h"
#include "libprof/agent/engine.h"
#include "libprof/agent/next.h"
#include "libprof/agent/own_process.h"
#include "libprof/agent/record.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

constexpr int64_t kLookInterval = 100'000'000;

// When to count the threads again, CLOCK_MONOTONIC. Writers: handlers, compare and swap: one of them looks.
std::atomic<int64_t> next_look = 0;

using Clone = int(int (*)(void*), void*, int, void*, ...);
Clone* next_clone = nullptr;

// Called from: threads. Never blocks.
void thread_start(uint32_t tid, bool is_self) {
  if (!is_recording(Kind::k_cpu)) return;
  const bool is_old = !is_self && tid == current_tid();  // it may have set things up before us
  const SignalMask before = is_old ? change_signal_mask(SIG_BLOCK, signal_bit(SIGPROF)) : 0;
  arm_timer(tid, is_self, is_self, tid == current_tid() ? thread_state.routine : 0);
  // After the timer: a signal of the target's that waits is given back to it, and pauses the timer that there
  // is.
  if (is_self) hide_blocking();
  if (!is_old) return;
  spare_small_stack();
  change_signal_mask(SIG_SETMASK, before);
}

// Called from: threads, signal handlers. Never blocks.
void arm_found(uint32_t tid) { arm_timer(tid, false, true, 0); }

// Threads that were made past every hook show in the number of threads. Called from: the signal handler.
// Never blocks.
void look_for_threads() {
  const int64_t now = now_ns(CLOCK_MONOTONIC);
  int64_t due = next_look.load(std::memory_order_relaxed);
  if (now < due || !next_look.compare_exchange_strong(due, now + kLookInterval)) return;
  if (thread_count() == timer_count()) return;
  delete_dead_timers();
  for_each_thread(arm_found);
}

// A system call leaves its return address in rcx, which no code does by itself.
bool is_end_of_syscall(const ucontext_t& context) {
  return context.uc_mcontext.gregs[REG_RCX] == context.uc_mcontext.gregs[REG_RIP];
}

// Called from: the signal handler. Never blocks.
void sample(void* timer, int overrun, const ucontext_t& context) {
  if (!is_recording(Kind::k_cpu)) {
    // The collector asked for no more; in a stop, the timer is settled there.
    if (state->writer.header()->stop_requested.load(std::memory_order_relaxed) != 0)
      settle_timer(current_tid(), false);
    return;
  }
  // The timer knows its thread; thread_state may be its parent's, in a thread made by a bare clone.
  const Counted counted = timer != nullptr
                              ? count_tick(timer, 1 + static_cast<uint64_t>(overrun > 0 ? overrun : 0),
                                           is_end_of_syscall(context))
                              : count_perf();
  if (counted.periods > 0) {
    const auto* const general = reinterpret_cast<const uint64_t*>(context.uc_mcontext.gregs);
    Sample taken = {};
    taken.kind = Kind::k_cpu;
    taken.from = {general[REG_RIP], general[REG_RSP], general[REG_RBP], general[REG_RBX], general};
    taken.interrupted = true;
    if ((context.uc_stack.ss_flags & SS_DISABLE) == 0) {
      const auto low = reinterpret_cast<uint64_t>(context.uc_stack.ss_sp);
      taken.alternate = {low, low + context.uc_stack.ss_size};
    }
    taken.weight = counted.periods;
    taken.tid = counted.tid;
    record(taken);
  }
  if (timer != nullptr) look_for_threads();
}

// The end of a thread, or of all by an exec: what it used since its last signal, a tick of the kernel's or,
// where many threads share a core, some. It was spent where the thread was, which its last sample tells best:
// not here, in its destructors. A thread without a sample, or one that hid from signals for most of its time,
// has its rest charged to the function that it ran from; without a sample and a function, to no place. Called
// from: the thread, stop, or an exec. Never blocks.
void record_rest(const Settled& settled) {
  if (settled.periods == 0) return;
  Sample rest = {};
  rest.kind = Kind::k_cpu;
  rest.tid = settled.tid;
  rest.weight = settled.periods;
  rest.flags = settled.periods <= settled.counted ? spool::kRest : 0;
  const ThreadBase& base = thread_base();
  if (settled.routine != 0) {
    uint64_t frames[1 + sizeof base.frames / sizeof base.frames[0]] = {settled.routine};
    for (uint32_t i = 0; i < base.count; ++i) frames[1 + i] = base.frames[i];
    record_stack(rest, frames, 1 + base.count);
  } else if (settled.counted == 0) {
    record_stack(rest, nullptr, 0);
  } else if (settled.tid == current_tid()) {
    rest.from = registers_here();
    record(rest);
  } else if (settled.tid == static_cast<uint32_t>(::getpid())) {
    const uint64_t entry = ::getauxval(AT_ENTRY);  // where the first thread began
    record_stack(rest, &entry, 1);
  } else {
    state->writer.count_drop(spool::Drop::cut_off, Kind::k_cpu, rest.weight);
  }
}

// Called from: start, a thread. Waits as sigaction's hook does.
void start() {
  // What a child that came past the fork handlers knows are its parent's.
  if (!state->has_timers.exchange(true, std::memory_order_relaxed)) forget_timers();
  next_look.store(now_ns(CLOCK_MONOTONIC) + kLookInterval, std::memory_order_relaxed);
  want_perf();
  take_sigprof(sample);
}

// Called from: stop, a thread; _exit. Waits as sigaction's hook does.
void stop() {
  settle_all_timers(record_rest);
  release_sigprof();
}

// Called from: threads, signal handlers. Never blocks.
void settle() { count_all_owed(record_rest); }

// Called from: the thread. Never blocks.
void thread_end() { record_rest(settle_timer(current_tid(), true)); }

// Called from: the fork handler. Never blocks.
void forked() {
  forget_timers();
  signals_forked();
}

// Called from: the constructor. Takes the loader's lock.
void init() {
  next_clone = find_next<Clone>("clone");
  init_signals();
  init_signal_masks();
  init_signal_waits();
  init_alternate_stacks();
}

}  // namespace

const Engine cpu_engine = {init, start, stop, thread_start, thread_end, settle, forked};

}  // namespace prof::agent

using namespace prof::agent;
using prof::Kind;

// Threads made without pthread_create: armed by their parent, as nothing of ours can run in them.
// Called from: threads. Blocks where the real one does (CLONE_VFORK).
extern "C" PROF_EXPORT int clone(int (*function)(void*), void* stack, int flags, void* argument,
                                 ...) noexcept {
  va_list rest;
  va_start(rest, argument);
  auto* const parent_tid = va_arg(rest, pid_t*);
  void* const tls = va_arg(rest, void*);
  auto* const child_tid = va_arg(rest, pid_t*);
  va_end(rest);
  if (next_clone == nullptr) next_clone = find_next<Clone>("clone");
  const int tid = next_clone(function, stack, flags, argument, parent_tid, tls, child_tid);
  if (tid > 0 && (flags & CLONE_THREAD) != 0 && is_recording(Kind::k_cpu)) {
    const int saved = errno;
    arm_found(static_cast<uint32_t>(tid));
    errno = saved;
  }
  return tid;
}
