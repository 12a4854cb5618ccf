#include "libprof/agent/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/cpu_timers.h"
#include "libprof/agent/next.h"
#include "libprof/agent/signal_handler.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

using Sigaction = int(int, const struct sigaction*, struct sigaction*);
using Signal = sighandler_t(int, sighandler_t);

// Written with the same values by whoever calls first.
struct {
  Sigaction* sigaction;
  Signal* signal;
  Signal* sysv_signal;
} next;

// The process for which SIGPROF's disposition in the kernel is ours, and the target's own is kept in
// `sigprof_target`; 0 before the first recording. A vfork's child, which shares our memory, has another
// number: its calls go straight to the kernel.
std::atomic<pid_t> taken_by = 0;

// libc's own handler, which profil installs, and what was the target's before. Written under the lock.
struct {
  sighandler_t function = SIG_DFL;
  struct sigaction before = {};
} libcs;

// SA_RESTORER of the kernel's headers: libc adds it to what is set, with its own function, and shows both.
constexpr int kRestorer = 0x04000000;

// Held for a few system calls, with all signals blocked, so that no handler can wait for its own thread.
std::atomic<bool> is_locked = false;
class Lock {
 public:
  Lock() {
    while (is_locked.exchange(true, std::memory_order_acquire)) ::syscall(SYS_sched_yield);
  }
  ~Lock() { is_locked.store(false, std::memory_order_release); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  BlockedSignals blocked_;
};

// Called from: the constructor, and first calls of hooks before it. Takes the loader's lock.
void resolve() {
  next.signal = find_next<Signal>("signal");
  next.sysv_signal = find_next<Signal>("__sysv_signal");
  next.sigaction = find_next<Sigaction>("sigaction");
}

// While our handler runs. A handler of the target's that came on top of ours would run on the alternate
// stack, which may not be meant for it, and could leave by longjmp with the sample half written. Faults
// cannot wait, and the stand-in is read there.
constexpr SignalMask kCanWait =
    ~(signal_bit(kStandIn) | signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGFPE) |
      signal_bit(SIGILL) | signal_bit(SIGTRAP) | signal_bit(SIGSYS));

// Our handler, on the stack on which the target's own would be called. SA_RESETHAND, SA_NODEFER and the mask
// are pass_on's: in the kernel they would hold for timer signals too. Where the target has a handler, ours
// begins with SIGPROF let through: a signal to the whole process (of setitimer) that waits while a thread
// blocks it is handed on to another thread, whose sleep it would interrupt. REQUIRES: the lock is held.
int install(struct sigaction* before) {
  const bool has_handler = is_function(sigprof_target.function.load(std::memory_order_relaxed));
  const int flags = sigprof_target.flags.load(std::memory_order_relaxed);
  constexpr int kKernels = SA_ONSTACK | SA_RESTART;
  struct sigaction ours = {};
  ours.sa_sigaction = on_sigprof;
  ours.sa_flags = SA_SIGINFO | (has_handler ? (flags & kKernels) | SA_NODEFER : kKernels);
  ours.sa_mask = as_sigset(has_handler ? kCanWait & ~signal_bit(SIGPROF) : kCanWait);
  allow_perf(!has_handler);
  return next.sigaction(SIGPROF, &ours, before);
}

// As the kernel gives it back. REQUIRES: the lock is held. Never blocks.
void keep(const struct sigaction& action) {
  constexpr SignalMask kNeverMasked = signal_bit(SIGKILL) | signal_bit(SIGSTOP);
  SignalMask mask = 0;
  const sigset_t asked = without_stand_in(action.sa_mask);
  std::memcpy(&mask, &asked, sizeof mask);
  sigprof_target.mask.store(mask & ~kNeverMasked, std::memory_order_relaxed);
  sigprof_target.flags.store(action.sa_flags, std::memory_order_relaxed);
  sigprof_target.function.store(action.sa_handler, std::memory_order_release);
}

// REQUIRES: the lock is held. Never blocks.
struct sigaction targets() {
  struct sigaction kept = {};
  kept.sa_handler = sigprof_target.function.load(std::memory_order_relaxed);
  kept.sa_flags = sigprof_target.flags.load(std::memory_order_relaxed);
  kept.sa_mask = as_sigset(sigprof_target.mask.load(std::memory_order_relaxed));
  struct sigaction ours = {};
  if ((kept.sa_flags & kRestorer) != 0 && next.sigaction(SIGPROF, nullptr, &ours) == 0)
    kept.sa_restorer = ours.sa_restorer;
  return kept;
}

// What the target reads back, and what it sets. Called from: threads, signal handlers. Waits for another
// thread that is in here.
void exchange(const struct sigaction* action, struct sigaction* before) {
  const Lock lock;
  const struct sigaction old = targets();
  if (action != nullptr) {
    struct sigaction as_passed = *action;
    as_passed.sa_flags |= kRestorer;
    keep(as_passed);
    install(nullptr);
  }
  if (before != nullptr) *before = old;
}

// signal() in its two flavours. Called from: as exchange.
sighandler_t set_handler(sighandler_t handler, int flags) {
  if (handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  if ((flags & SA_NODEFER) == 0) sigaddset(&action.sa_mask, SIGPROF);
  struct sigaction before = {};
  exchange(&action, &before);
  return before.sa_handler;
}

}  // namespace

std::atomic<bool> sigprof_interrupts = false;

bool is_sigprof_taken() {
  const pid_t owner = taken_by.load(std::memory_order_acquire);
  return owner != 0 && owner == ::getpid();
}

bool hides_sigprof() { return taken_by.load(std::memory_order_acquire) != 0; }

void init_signals() { resolve(); }

void end_handling() {
  struct sigaction action = {};
  next.sigaction(SIGPROF, &action, nullptr);
}

void take_sigprof(TimerHandler* handler) {
  const Lock lock;
  timer_handler.store(handler, std::memory_order_release);
  if (taken_by.load(std::memory_order_relaxed) == 0) {
    struct sigaction before = {};
    if (next.sigaction(SIGPROF, nullptr, &before) != 0) return;
    keep(before);
  }
  taken_by.store(::getpid(), std::memory_order_release);
  install(nullptr);
}

void adopt_sigprof() {
  const Lock lock;
  struct sigaction now = {};
  if (!is_sigprof_taken() || next.sigaction(SIGPROF, nullptr, &now) != 0) return;
  const sighandler_t function = sigprof_target.function.load(std::memory_order_relaxed);
  const bool was_libcs = is_function(function) && function == libcs.function;
  if (now.sa_sigaction != on_sigprof) {
    if (!was_libcs) libcs.before = targets();
    libcs.function = now.sa_handler;
    keep(now);
  } else if (was_libcs) {
    keep(libcs.before);
  } else {
    return;
  }
  install(nullptr);
}

void release_sigprof() { timer_handler.store(nullptr, std::memory_order_release); }

bool show_ignoring() {
  if (!hides_sigprof() || sigprof_target.function.load(std::memory_order_acquire) != SIG_IGN) return false;
  struct sigaction ignores = {};
  ignores.sa_handler = SIG_IGN;
  return next.sigaction(SIGPROF, &ignores, nullptr) == 0;
}

void hide_ignoring() {
  if (!is_sigprof_taken()) return;  // a vfork's child, whose own disposition it is
  const Lock lock;
  install(nullptr);
}

// Not current_tid: a thread of a bare clone may have its parent's thread_state.
Shown quieten_for_exec() {
  const Shown shown = {show_blocking(), show_ignoring()};
  if (!is_sigprof_taken()) return shown;
  const int saved = errno;
  pause_timer(static_cast<uint32_t>(::syscall(SYS_gettid)));
  const bool may_wait = (change_signal_mask(SIG_BLOCK, 0) & signal_bit(SIGPROF)) != 0;
  siginfo_t info;
  if (may_wait && take_pending(&info) && !is_ours(info) &&
      ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::syscall(SYS_gettid), SIGPROF, &info) != 0) {
    ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), SIGPROF);
  }
  errno = saved;
  return shown;
}

void resume_after_exec(Shown shown) {
  if (shown.ignoring) hide_ignoring();
  if (shown.blocking) hide_blocking();
  if (!is_sigprof_taken() || thread_state.is_paused || thread_state.has_small_stack) return;
  resume_timer(static_cast<uint32_t>(::syscall(SYS_gettid)));
}

void signals_forked() {
  is_locked.store(false, std::memory_order_relaxed);
  if (taken_by.load(std::memory_order_relaxed) != 0) taken_by.store(::getpid(), std::memory_order_relaxed);
}

}  // namespace prof::agent

using namespace prof::agent;

// Called from: threads, signal handlers (they are async-signal-safe). Never block, but for one another.
extern "C" {

PROF_EXPORT int sigaction(int number, const struct sigaction* action, struct sigaction* before) {
  if (next.sigaction == nullptr) resolve();
  if (number != SIGPROF || !is_sigprof_taken()) {
    if (action == nullptr || sigismember(&action->sa_mask, kStandIn) != 1)
      return next.sigaction(number, action, before);
    struct sigaction meant = *action;
    meant.sa_mask = without_stand_in(action->sa_mask);
    return next.sigaction(number, &meant, before);
  }
  exchange(action, before);
  return 0;
}

PROF_EXPORT sighandler_t signal(int number, sighandler_t handler) {
  if (next.signal == nullptr) resolve();
  if (number != SIGPROF || !is_sigprof_taken()) return next.signal(number, handler);
  return set_handler(handler, sigprof_interrupts.load(std::memory_order_relaxed) ? 0 : SA_RESTART);
}

// What signal() is in programs that are compiled as strict C.
PROF_EXPORT sighandler_t __sysv_signal(int number, sighandler_t handler) {
  if (next.sysv_signal == nullptr) resolve();
  if (number != SIGPROF || !is_sigprof_taken()) return next.sysv_signal(number, handler);
  return set_handler(handler, static_cast<int>(SA_RESETHAND | SA_NODEFER));
}

}  // extern "C"
