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

// Called from: anywhere. Never blocks.
void put(sigset_t& set, int number, bool is_in) {
  if (is_in) {
    sigaddset(&set, number);
  } else {
    sigdelset(&set, number);
  }
}

// Whether a mask that has SIGPROF has the stand-in by itself, too: where it is one of all signals, or of all
// but a few, which have this one, that hardly a program names.
bool has_stand_in_too(const sigset_t& set) { return sigismember(&set, SIGXFSZ) == 1; }

// The target's mask as the kernel is given it, and back. Called from: anywhere. Never block.
sigset_t for_kernel(int how, sigset_t set) {
  const bool names = sigismember(&set, SIGPROF) == 1;
  const bool hides = hides_sigprof();
  put(set, kStandIn, names && hides);
  // What is unblocked may be blocked either way.
  if (how != SIG_UNBLOCK) put(set, SIGPROF, names && !hides);
  return set;
}

sigset_t for_target(sigset_t set) {
  const bool is_hidden = sigismember(&set, kStandIn) == 1 && hides_sigprof();
  const bool is_blocked = sigismember(&set, SIGPROF) == 1 || is_hidden;
  put(set, SIGPROF, is_blocked);
  put(set, kStandIn, is_blocked && has_stand_in_too(set));
  return set;
}

// pthread_sigmask and sigprocmask. Called from: threads, signal handlers. Never blocks.
int change_mask(Mask* real, int how, const sigset_t* set, sigset_t* before) {
  sigset_t passed;
  if (set != nullptr) passed = for_kernel(how, *set);
  const int code = real(how, set != nullptr ? &passed : nullptr, before);
  if (code == 0 && before != nullptr) *before = for_target(*before);
  if (__builtin_expect(set != nullptr && thread_state.is_paused, 0)) {
    resume_where_unblocked(change_signal_mask(SIG_BLOCK, 0));
  }
  return code;
}

}  // namespace

void init_signal_masks() {
  resolve();
  change_signal_mask(SIG_UNBLOCK, signal_bit(kStandIn));
}

void hide_blocking() {
  if (!hides_sigprof() || (change_signal_mask(SIG_BLOCK, 0) & signal_bit(SIGPROF)) == 0) return;
  change_signal_mask(SIG_BLOCK, signal_bit(kStandIn));  // first: what was pending comes at once
  change_signal_mask(SIG_UNBLOCK, signal_bit(SIGPROF));
}

bool show_blocking() {
  const SignalMask mask = change_signal_mask(SIG_BLOCK, 0);
  if (!hides_sigprof() || (mask & signal_bit(kStandIn)) == 0) return false;
  change_signal_mask(SIG_BLOCK, signal_bit(SIGPROF));
  if (!has_stand_in_too(as_sigset(mask))) change_signal_mask(SIG_UNBLOCK, signal_bit(kStandIn));
  return true;
}

void resume_where_unblocked(SignalMask mask) {
  // In a vfork's child thread_state is its parent's.
  if (!thread_state.is_paused || (mask & signal_bit(SIGPROF)) != 0 || !is_sigprof_taken()) return;
  const int saved = errno;
  thread_state.is_paused = false;
  if (!thread_state.has_small_stack) resume_timer(current_tid());
  errno = saved;
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
