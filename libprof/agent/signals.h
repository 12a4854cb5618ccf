// SIGPROF: shared between the agent's timers and whatever the target does with it.
#pragma once

#include <signal.h>
#include <ucontext.h>

namespace prof::agent {

// Resolves the next sigaction. Called from: the constructor.
void init_signals();

// What to do with our own SIGPROF. Called from: the signal handler; errno is saved round it.
using TimerHandler = void(int overrun, const ucontext_t& context);

// Installs the handler; a signal is ours where it comes from a timer with si_value == &timer_cookie. All
// others go to the target's own handler, as it last asked for with sigaction or signal.
void take_sigprof(TimerHandler* handler);

// Leaves SIGPROF ignored, or with the target where that has a handler: never to its default, which kills.
void release_sigprof();

extern char timer_cookie;

}  // namespace prof::agent
