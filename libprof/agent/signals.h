// SIGPROF: shared between the agent's timers and whatever the target does with it.
//
// The target sees the dispositions and masks that it set. While it has a handler of its own, the kernel is
// given that handler's mask and flags, and masks are the kernel's; a thread that blocks SIGPROF then has its
// timer stand still, and what it used comes with its next sample. While it has none, blocking SIGPROF (most
// often as one of all signals) is only remembered: the thread stays sampled. A SIGPROF of the target's own
// that meets such a remembered mask is given back to the kernel together with the mask, so that pending,
// sigwait and signalfd work as ever. Not hidden: the mask that a program passes on by exec, and one that it
// sets by a raw system call.
#pragma once

#include <signal.h>
#include <ucontext.h>

namespace prof::agent {

// Resolve the next sigaction and pthread_sigmask, and their kin. Called from: the constructor. Take the
// loader's lock.
void init_signals();
void init_signal_masks();

// Whether SIGPROF's disposition in the kernel is ours; not in a vfork's child, which shares our memory.
// Whether the target has a handler for it. Called from: anywhere. Never block.
bool is_sigprof_taken();
bool has_sigprof_handler();

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

// This thread's mask as it was before the agent looked: SIGPROF unblocked, and remembered as blocked.
// Called from: the thread itself, not from handlers or hooks. Never blocks.
void adopt_signal_mask();

// This thread's timer and perf clock stand still over an exec, whose new program a signal of theirs that
// waits would kill; they go on where it failed. Called from: threads, signal handlers and vfork's children,
// whose parent's are left alone. Never blocks.
void quieten_for_exec();
void resume_after_exec();

// In a fork's child: the lock's holder may have stayed in the parent. Called from: the fork handler.
void signals_forked();

}  // namespace prof::agent
