// SIGPROF: shared between the agent's timers and whatever the target does with it.
//
// The target sees the dispositions and masks that it set. A thread that blocks SIGPROF (most often as one of
// all signals) stays sampled: in the kernel's mask a signal that Linux never sends, SIGSTKFLT, stands for it.
// There it is kept and brought back with the rest of the mask, by handlers that return, longjmp, contexts,
// new threads and forks, which no hook of ours would see. A SIGPROF of the target's own that meets the
// stand-in is given back to the kernel, and SIGPROF blocked for real, so that pending, sigwait and signalfd
// work as ever; from then until the target unblocks it the thread's timer stands still, and what it used
// comes with its next sample. One that comes at once with ours waits for the end of that on the same thread:
// blocked, the kernel would hand it to one that sleeps. Where two of the target's come so, of a timer of the
// thread's and of setitimer, one is queued again and none is lost. Before an exec the mask is made the
// target's own. Not hidden: the masks of handlers (sa_mask), which end with them, and what a program sets or
// passes on past libc's functions.
#pragma once

#include <signal.h>
#include <ucontext.h>

#include <atomic>

#include "libprof/agent/signal_mask.h"

namespace prof::agent {

// Resolve the next sigaction, pthread_sigmask and sigsuspend, and their kin. Called from: the constructor.
// Take the loader's lock.
void init_signals();
void init_signal_masks();
void init_signal_waits();

// Whether SIGPROF's disposition in the kernel is ours; not in a vfork's child, which shares our memory.
// Whether blocking SIGPROF is hidden from the kernel: from the first recording on, in all children that begin
// with our memory. Called from: anywhere. Never block.
bool is_sigprof_taken();
bool hides_sigprof();

// Whether handlers of SIGPROF that signal() installs interrupt system calls: what libc remembers for each
// signal. Writer: siginterrupt. Reader: signal. A stale value is one of before that call.
extern std::atomic<bool> sigprof_interrupts;

// What to do with our own SIGPROF: si_value and si_overrun of its timer, or null where perf sent it. Called
// from: the signal handler; errno is saved round it. Never blocks.
using TimerHandler = void(void* timer, int overrun, const ucontext_t& context);
// Installs the handler. A signal is ours where it comes from a timer or a perf clock that cpu_timers.h made;
// all others go to the target's own handler, as it last asked for with sigaction or signal. Called from:
// threads, one at a time; not from handlers or hooks. Waits for a sigaction under way elsewhere.
void take_sigprof(TimerHandler* handler);

// After a call in which libc may have set SIGPROF's disposition itself: what it left in the kernel is the
// target's from now on, and ours is back; where it put back what it had found there, ours, the target has
// again what it had before. Called from: threads, outside handlers. Waits as take_sigprof.
void adopt_sigprof();

// The handler is not called any more. Ours stays in front of the target's disposition, and eats timer signals
// that are still pending: to ignore them instead is what children would inherit. Called from: anywhere. Never
// blocks.
void release_sigprof();

// In this thread's mask the stand-in in place of SIGPROF; and SIGPROF, for what inherits it: whether that was
// hidden. Called from: the thread itself, vfork's children. Never block.
void hide_blocking();
bool show_blocking();

// SIGPROF is ignored in the kernel, for what inherits it, where the target ignores it: whether that is so.
// Then ours is back. What timers count meanwhile comes with their next signal. Called from: as exec. The
// first never blocks, the second waits as take_sigprof.
bool show_ignoring();
void hide_ignoring();

// The thread's timer, where it stands still for a SIGPROF that was given back, goes on if `mask`, the
// thread's from now on, lets that through. Called from: threads, signal handlers. Never blocks.
void resume_where_unblocked(SignalMask mask);

// For an exec, this thread's mask and what is ignored are the target's; its timer and perf clock stand still,
// as a signal of theirs that waits would kill the new program. Both go on as before where it failed. Called
// from: threads, signal handlers and vfork's children, whose parent's timers are left alone. The first never
// blocks, the second waits as take_sigprof.
struct Shown {
  bool blocking;
  bool ignoring;
};
Shown quieten_for_exec();
void resume_after_exec(Shown shown);

// In a fork's child: the lock's holder may have stayed in the parent. Called from: the fork handler.
void signals_forked();

}  // namespace prof::agent
