// What our handler of SIGPROF shares with the hooks of sigaction and signal (signals.cc): the target's own
// disposition, and which signals are whose.
#pragma once

#include <signal.h>

#include <atomic>

#include "libprof/agent/signal_mask.h"
#include "libprof/agent/signals.h"

namespace prof::agent {

// Null while nothing is recorded. Writers: take_sigprof and release_sigprof. Readers: the handler; a stale
// null ignores one sample.
extern std::atomic<TimerHandler*> timer_handler;

// The target's disposition. Writers: its threads, under the lock, and the handler, which resets `function`
// (SA_RESETHAND). Readers: the handler. The words are not read as one: a handler that races with its own
// replacement may get the new flags, as it may without us.
struct SigprofTarget {
  std::atomic<sighandler_t> function = SIG_DFL;
  std::atomic<int> flags = 0;
  std::atomic<SignalMask> mask = 0;
};
extern SigprofTarget sigprof_target;

// Called from: anywhere. Never blocks.
inline bool is_function(sighandler_t handler) { return handler != SIG_DFL && handler != SIG_IGN; }

// Takes a SIGPROF that waits, because it is blocked. Called from: anywhere. Never blocks.
bool take_pending(siginfo_t* info);

// Called from: the signal handler, and as exec. Never blocks.
bool is_ours(const siginfo_t& info);

// Called from: the kernel. Never blocks, but for the target's own handler.
void on_sigprof(int number, siginfo_t* info, void* context);

// SIGPROF has its default disposition in the kernel: the next one kills. Called from: the signal handler.
// Never blocks.
void end_handling();

}  // namespace prof::agent
