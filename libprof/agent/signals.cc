#include "libprof/agent/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "libprof/agent/next.h"

namespace prof::agent {

char timer_cookie;

namespace {

using Sigaction = int(int, const struct sigaction*, struct sigaction*);
using Signal = sighandler_t(int, sighandler_t);
Sigaction* next_sigaction = nullptr;
Signal* next_signal = nullptr;

// Writers: take_sigprof and release_sigprof. Readers: the handler; a stale null ignores one sample.
std::atomic<TimerHandler*> timer_handler = nullptr;
// While set, SIGPROF's disposition in the kernel is ours and the target's own is kept in `target`.
std::atomic<bool> is_taken = false;
// The target's disposition: writers are its threads in sigaction, the reader is the handler. The two words
// are not read as one: a handler that races with its own replacement may get the new flags, as it may without
// us.
struct Disposition {
  std::atomic<void*> function = nullptr;  // SIG_DFL
  std::atomic<int> flags = 0;
};
Disposition target;
struct sigaction target_action;  // for whoever asks what it was; writers are the target's threads

Sigaction* real_sigaction() {
  if (next_sigaction == nullptr) next_sigaction = find_next<Sigaction>("sigaction");
  return next_sigaction;
}

void keep_target_action(const struct sigaction& action) {
  target_action = action;
  target.flags.store(action.sa_flags, std::memory_order_relaxed);
  target.function.store(reinterpret_cast<void*>(action.sa_handler), std::memory_order_release);
}

// A SIGPROF of the target's own.
void pass_on(int number, siginfo_t* info, void* context) {
  void* const function = target.function.load(std::memory_order_acquire);
  if (function == reinterpret_cast<void*>(SIG_IGN)) return;
  if (function == reinterpret_cast<void*>(SIG_DFL)) {
    // It asked to be killed by it: pending until this handler returns.
    struct sigaction action = {};
    next_sigaction(SIGPROF, &action, nullptr);
    ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), SIGPROF);
  } else if ((target.flags.load(std::memory_order_relaxed) & SA_SIGINFO) != 0) {
    reinterpret_cast<void (*)(int, siginfo_t*, void*)>(function)(number, info, context);
  } else {
    reinterpret_cast<void (*)(int)>(function)(number);
  }
}

void on_sigprof(int number, siginfo_t* info, void* context) {
  if (info->si_code != SI_TIMER || info->si_value.sival_ptr != &timer_cookie) {
    pass_on(number, info, context);
    return;
  }
  const int saved = errno;
  if (TimerHandler* const handler = timer_handler.load(std::memory_order_acquire)) {
    handler(info->si_overrun, *static_cast<const ucontext_t*>(context));
  }
  errno = saved;
}

}  // namespace

void init_signals() {
  real_sigaction();
  next_signal = find_next<Signal>("signal");
}

void take_sigprof(TimerHandler* handler) {
  timer_handler.store(handler, std::memory_order_release);
  struct sigaction ours = {};
  ours.sa_sigaction = on_sigprof;
  ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  struct sigaction before = {};
  if (real_sigaction()(SIGPROF, &ours, &before) != 0 || before.sa_sigaction == on_sigprof) return;
  keep_target_action(before);
  is_taken.store(true, std::memory_order_release);
}

void release_sigprof() {
  timer_handler.store(nullptr, std::memory_order_release);
  if (!is_taken.load(std::memory_order_acquire)) return;
  void* const function = target.function.load(std::memory_order_acquire);
  // With a handler of the target's, ours stays in front of it and eats timer signals that are still pending.
  if (function != reinterpret_cast<void*>(SIG_DFL) && function != reinterpret_cast<void*>(SIG_IGN)) return;
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  next_sigaction(SIGPROF, &ignore, nullptr);
  is_taken.store(false, std::memory_order_release);
}

}  // namespace prof::agent

// Called from: threads, signal handlers (it is async-signal-safe). Never blocks.
extern "C" PROF_EXPORT int sigaction(int number, const struct sigaction* action, struct sigaction* before) {
  using namespace prof::agent;
  if (number != SIGPROF || !is_taken.load(std::memory_order_acquire)) {
    return real_sigaction()(number, action, before);
  }
  const struct sigaction old = target_action;
  if (action != nullptr) keep_target_action(*action);
  if (before != nullptr) *before = old;
  return 0;
}

extern "C" PROF_EXPORT sighandler_t signal(int number, sighandler_t handler) {
  using namespace prof::agent;
  if (number != SIGPROF || !is_taken.load(std::memory_order_acquire)) {
    if (next_signal == nullptr) next_signal = find_next<Signal>("signal");
    return next_signal(number, handler);
  }
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  const sighandler_t old = target_action.sa_handler;
  keep_target_action(action);
  return old;
}
