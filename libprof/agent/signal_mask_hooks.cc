// The signal masks that threads of the target set, as far as they name SIGPROF: signals.h.
#include <signal.h>

#include <cerrno>

#include "libprof/agent/cpu_timers.h"
#include "libprof/agent/next.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

using Mask = int(int, const sigset_t*, sigset_t*);

// Written with the same values by whoever calls first.
struct {
  Mask* pthread_sigmask;
  Mask* sigprocmask;
} next;

// Called from: the constructor, and first calls of hooks before it. Takes the loader's lock.
void resolve() {
  next.sigprocmask = find_next<Mask>("sigprocmask");
  next.pthread_sigmask = find_next<Mask>("pthread_sigmask");
}

// Whether blocking SIGPROF is only remembered now. Called from: threads, signal handlers. Never blocks.
bool hides_blocking() { return is_sigprof_taken() && !has_sigprof_handler(); }

// The end of give_back. Called from: threads, signal handlers. Never blocks.
void resume_if_unblocked() {
  const int saved = errno;
  if ((change_signal_mask(SIG_BLOCK, 0) & signal_bit(SIGPROF)) == 0) {
    thread_state.is_paused = false;
    if (!thread_state.has_small_stack) resume_timer(current_tid());
  }
  errno = saved;
}

// Before SIGPROF is blocked for real: a timer's signal that waits would stand in the way of one of the
// target's, as the kernel keeps one of a number. Not in a handler that runs with it blocked: its end would
// not be seen. Called from: threads, signal handlers. Never blocks.
void pause_before_block() {
  const int saved = errno;
  if (!thread_state.is_paused && (change_signal_mask(SIG_BLOCK, 0) & signal_bit(SIGPROF)) == 0) {
    thread_state.is_paused = true;
    pause_timer(current_tid());
  }
  errno = saved;
}

// pthread_sigmask and sigprocmask. Called from: threads, signal handlers. Never blocks.
int change_mask(Mask* real, int how, const sigset_t* set, sigset_t* before) {
  const bool did_block = thread_state.blocks_sigprof;
  const bool is_named = set != nullptr && sigismember(set, SIGPROF) == 1;
  const bool hides = is_named && how != SIG_UNBLOCK && hides_blocking();
  if (!did_block && !hides) {
    if (is_named && how != SIG_UNBLOCK && is_sigprof_taken()) pause_before_block();
    const int code = real(how, set, before);
    if (__builtin_expect(set != nullptr && thread_state.is_paused, 0)) resume_if_unblocked();
    return code;
  }

  sigset_t passed;
  if (set != nullptr) {
    passed = *set;
    if (hides) sigdelset(&passed, SIGPROF);
    // Before the call: a signal that the call lets through must see it.
    if (is_named || how == SIG_SETMASK) thread_state.blocks_sigprof = hides;
  }
  sigset_t old;
  const int code = real(how, set != nullptr ? &passed : nullptr, &old);
  if (code != 0) {
    thread_state.blocks_sigprof = did_block;
    return code;
  }
  if (hides && sigismember(&old, SIGPROF) == 1) {
    // In a handler that runs with it blocked: the kernel's, which ends with the handler.
    change_signal_mask(SIG_BLOCK, signal_bit(SIGPROF));
    thread_state.blocks_sigprof = did_block;
  }
  if (did_block) sigaddset(&old, SIGPROF);
  if (before != nullptr) *before = old;
  return code;
}

}  // namespace

void init_signal_masks() { resolve(); }

void adopt_signal_mask() {
  if (!hides_blocking()) return;
  if ((change_signal_mask(SIG_BLOCK, 0) & signal_bit(SIGPROF)) == 0) return;
  thread_state.blocks_sigprof = true;  // first: what was pending comes at once
  change_signal_mask(SIG_UNBLOCK, signal_bit(SIGPROF));
}

}  // namespace prof::agent

using namespace prof::agent;

// Called from: threads, signal handlers (they are async-signal-safe). Never block.
extern "C" {

PROF_EXPORT int pthread_sigmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  if (next.pthread_sigmask == nullptr) resolve();
  return change_mask(next.pthread_sigmask, how, set, before);
}

PROF_EXPORT int sigprocmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  if (next.pthread_sigmask == nullptr) resolve();
  return change_mask(next.sigprocmask, how, set, before);
}

}  // extern "C"
