// Alternate signal stacks that are too small for our handler.
//
// Our handler runs on the alternate stack, as a thread's own may have no room (a coroutine's, an overflow).
// The kernel accepts alternate stacks that cannot even hold its own frame, which is 3.6 KB where there is
// AVX-512: a signal on one kills the process, one on a slightly larger one writes below it. While a thread
// has such a stack its timer stands still; what it uses meanwhile is in its next sample or in its account.
#pragma once

#include <cstddef>

namespace prof::agent {

// What our handler needs at most below the kernel's frame: measured by tests/unit/agent/stack_use_test.cc.
inline constexpr size_t kHandlerStack = 3072;
// And where it finds that it came on top of one that has not begun (signal_handler.cc).
inline constexpr size_t kSecondHandlerStack = 512;

// Resolves the next sigaltstack. Called from: the constructor. Takes the loader's lock.
void init_alternate_stacks();

// Stops this thread's timer where the thread has such a stack. Called from: the thread itself, once it is
// armed, with SIGPROF blocked. Never blocks.
void spare_small_stack();

}  // namespace prof::agent
