#include "libprof/agent/signal_handler.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libprof/agent/cpu_timers.h"
#include "libprof/agent/raw_file.h"
#include "libprof/agent/thread.h"

namespace prof::agent {

constinit std::atomic<TimerHandler*> timer_handler = nullptr;
constinit SigprofTarget sigprof_target;

bool take_pending(siginfo_t* info) {
  const SignalMask prof = signal_bit(SIGPROF);
  const timespec at_once = {0, 0};
  return ::syscall(SYS_rt_sigtimedwait, &prof, info, &at_once, sizeof prof) == SIGPROF;
}

bool is_ours(const siginfo_t& info) {
  if (info.si_code == POLL_IN) return thread_state.had_perf;
  return info.si_code == SI_TIMER && is_timer(info.si_value.sival_ptr);
}

namespace {

// A tracer that holds a signal back and sends it anew (ltrace) loses whose it was. Where nobody handles
// SIGPROF it is taken to have been a timer's: what that counted is settled with the next one, or at the end.
// Called from: the signal handler. Never blocks.
bool is_sent_by_tracer(const siginfo_t& info) {
  if (info.si_code != SI_USER) return false;
  const RawFile file("/proc/thread-self/status", O_RDONLY);
  char text[512];
  const long size = ::syscall(SYS_pread64, file.fd(), text, sizeof text, 0);
  constexpr char kKey[] = "\nTracerPid:\t";
  constexpr long kKeySize = sizeof kKey - 1;
  long matched = 0, at = 0;
  for (; at < size && matched < kKeySize; ++at) matched = text[at] == kKey[matched] ? matched + 1 : 0;
  pid_t tracer = 0;
  for (; at < size && text[at] >= '0' && text[at] <= '9'; ++at) tracer = tracer * 10 + (text[at] - '0');
  return tracer != 0 && tracer == info.si_pid;
}

// Ends in the kernel what the target expects of its own SIGPROF: it is blocked for real when the handler
// returns, and the signal is sent once more.
// Called from: the signal handler. Never blocks.
void give_back(siginfo_t* info, ucontext_t* context) {
  const int saved = errno;  // for the target nothing has happened
  sigaddset(&context->uc_sigmask, SIGPROF);
  // Where it is really blocked, a timer's signal would stand in the way of the target's.
  if (is_sigprof_taken()) {
    thread_state.is_paused = true;
    pause_timer(current_tid());
  }
  // What came meanwhile: of ours, done with; of the target's, it and the one in hand count as one, as pending
  // signals of a number do.
  while (take_pending(nullptr)) {
  }
  const pid_t process = ::getpid();
  // The kernel lets only a process's first thread say who sent it; from another one it comes from ourselves.
  if (info->si_code == SI_TKILL) {
    ::syscall(SYS_tgkill, process, ::syscall(SYS_gettid), SIGPROF);
  } else if (::syscall(SYS_rt_sigqueueinfo, process, SIGPROF, info) != 0) {
    ::syscall(SYS_kill, process, SIGPROF);
  }
  errno = saved;
}

// A SIGPROF of the target's own. Called from: the signal handler. Blocks where the target's handler does.
void pass_on(int number, siginfo_t* info, ucontext_t* context) {
  sighandler_t function = sigprof_target.function.load(std::memory_order_acquire);
  if (function == SIG_IGN) return;
  // In the mask that the signal met; the context's is another where a call waited with one of its own.
  const SignalMask met = change_signal_mask(SIG_BLOCK, signal_bit(SIGPROF));
  if ((met & signal_bit(kStandIn)) != 0) return give_back(info, context);
  SignalMask mask = 0;
  std::memcpy(&mask, &context->uc_sigmask, sizeof mask);
  resume_where_unblocked(mask);
  const int flags = sigprof_target.flags.load(std::memory_order_relaxed);
  // Of two threads that get it at once, one has the handler and the other the default, as without us.
  if ((flags & SA_RESETHAND) != 0 && is_function(function)) {
    sigprof_target.function.compare_exchange_strong(function, SIG_DFL, std::memory_order_acq_rel);
  }
  if (!is_function(function)) {
    const int saved = errno;
    const bool is_timers = is_sent_by_tracer(*info);
    errno = saved;
    if (is_timers) return;
    // It asked to be killed by it: pending until this handler returns.
    end_handling();
    ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), SIGPROF);
    return;
  }
  // What the kernel would have blocked for it, in place of what it has blocked for us.
  mask |= sigprof_target.mask.load(std::memory_order_relaxed);
  if ((flags & SA_NODEFER) == 0) mask |= signal_bit(SIGPROF);
  change_signal_mask(SIG_SETMASK, mask);
  // All three arguments are in registers: a handler without SA_SIGINFO takes the first.
  using Handler = void(int, siginfo_t*, void*);
  reinterpret_cast<Handler*>(reinterpret_cast<void*>(function))(number, info, context);
}

// Called from: the signal handler. Never blocks.
void add_tick(WaitingTick& ticks, const siginfo_t& info) {
  const bool is_timers = info.si_code == SI_TIMER;
  if (is_timers) ticks.timer = info.si_value.sival_ptr;
  ticks.count += 1 + (is_timers ? info.si_overrun : 0);
}

// Those that waited. Only they are in thread_state, which may be its parent's in a thread made by a bare
// clone. Called from: the signal handler. Never blocks.
WaitingTick take_waiting() {
  const WaitingTick ticks = thread_state.waiting_tick;
  if (ticks.count > 0) thread_state.waiting_tick = {};
  return ticks;
}

// Of signals that wait at once the kernel calls the handler of the last before that of the first has run an
// instruction. They are this thread's, as without us, and wait for the first, which has the place that was
// interrupted, and the most room. Ours waits in thread_state. One of the target's takes the place of ours
// below it, as only one can be queued again: the kernel drops a second, of a number that is pending. Called
// from: the signal handler. Never blocks.
void wait_for_first(siginfo_t* info, ucontext_t* context) {
  const int saved = errno;
  change_signal_mask(SIG_BLOCK, signal_bit(SIGPROF));
  sigaddset(&context->uc_sigmask, SIGPROF);
  auto* const below = reinterpret_cast<siginfo_t*>(context->uc_mcontext.gregs[REG_RSI]);
  if (is_ours(*info)) {
    add_tick(thread_state.waiting_tick, *info);
  } else if (is_ours(*below)) {
    add_tick(thread_state.waiting_tick, *below);
    *below = *info;
  } else {
    ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::syscall(SYS_gettid), SIGPROF, info);
  }
  errno = saved;
}

}  // namespace

void on_sigprof(int number, siginfo_t* info, void* data) {
  auto* const context = static_cast<ucontext_t*>(data);
  if (context->uc_mcontext.gregs[REG_RIP] == reinterpret_cast<greg_t>(on_sigprof)) {
    wait_for_first(info, context);
    return;
  }
  const int saved = errno;
  const bool is_tick = is_ours(*info);
  // For the room of a second one's frame in the middle, which the stack may not have.
  if (is_tick && is_function(sigprof_target.function.load(std::memory_order_relaxed))) {
    change_signal_mask(SIG_BLOCK, signal_bit(SIGPROF));
  }
  WaitingTick ticks = take_waiting();
  if (is_tick) add_tick(ticks, *info);
  TimerHandler* const handler = timer_handler.load(std::memory_order_acquire);
  if (ticks.count > 0 && handler != nullptr) handler(ticks.timer, ticks.count - 1, *context);
  errno = saved;
  if (!is_tick) pass_on(number, info, context);
}

}  // namespace prof::agent
