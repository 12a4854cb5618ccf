#include "libprof/agent/alternate_stack.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libprof/agent/cpu_timers.h"
#include "libprof/agent/next.h"
#include "libprof/agent/signal_mask.h"
#include "libprof/agent/signals.h"
#include "libprof/agent/state.h"
#include "libprof/agent/thread.h"

namespace prof::agent {
namespace {

using Sigaltstack = int(const stack_t*, stack_t*);
// Written with the same value by whoever calls first.
Sigaltstack* next_sigaltstack = nullptr;

// Called from: threads, signal handlers. Never blocks.
bool is_small(const stack_t& stack) {
  constexpr size_t kOldKernelsFrame = 2048;  // those that do not tell have no larger one
  const size_t told = ::getauxval(AT_MINSIGSTKSZ);
  const size_t frame = told != 0 ? told : kOldKernelsFrame;
  return (stack.ss_flags & SS_DISABLE) == 0 &&
         stack.ss_size < frame + std::max(kHandlerStack, frame + kSecondHandlerStack);
}

}  // namespace

void init_alternate_stacks() { next_sigaltstack = find_next<Sigaltstack>("sigaltstack"); }

void spare_small_stack() {
  stack_t stack = {};
  thread_state.has_small_stack = false;
  if (::syscall(SYS_sigaltstack, nullptr, &stack) != 0 || !is_small(stack)) return;
  thread_state.has_small_stack = true;
  pause_timer(current_tid());
  // A signal that was sent before the timer stood still.
  const SignalMask prof = signal_bit(SIGPROF);
  const timespec at_once = {0, 0};
  ::syscall(SYS_rt_sigtimedwait, &prof, nullptr, &at_once, sizeof prof);
}

}  // namespace prof::agent

// Called from: threads, signal handlers (it is async-signal-safe). Never blocks.
extern "C" PROF_EXPORT int sigaltstack(const stack_t* stack, stack_t* before) noexcept {
  using namespace prof::agent;
  if (next_sigaltstack == nullptr) init_alternate_stacks();
  // In a vfork's child thread_state and the timer are its parent's.
  if (stack == nullptr || !is_recording(prof::Kind::k_cpu) || !is_sigprof_taken())
    return next_sigaltstack(stack, before);
  const int saved = errno;
  const bool had_small = thread_state.has_small_stack;
  const bool has_small = is_small(*stack);
  // Before the call: a signal that is on its way comes at the end of this one, on the stack that was.
  if (has_small && !had_small) pause_timer(current_tid());
  if (has_small) thread_state.has_small_stack = true;
  errno = saved;
  const int code = next_sigaltstack(stack, before);
  const int result = errno;
  const bool keeps_small = code == 0 ? has_small : had_small;
  thread_state.has_small_stack = keeps_small;
  if (!keeps_small && (has_small || had_small) && !thread_state.is_paused) resume_timer(current_tid());
  errno = result;
  return code;
}
