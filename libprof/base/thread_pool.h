// Threads that stay for the next work. One that ends gives its memory back piece by piece, as what it
// allocated may outlive it, and the next one's memory is the kernel's to clear again.
#pragma once

#include <cstddef>
#include <functional>

namespace prof {

// Calls `own` on this thread and, at the same time, `help` on up to `helpers` others; returns when all have
// returned. There may be fewer helpers than asked for, even none: where the system has no more threads, and
// where `own` returned before they came. Both may call this function. What either throws (where there is no
// more memory) is thrown on this thread when all have returned, the first of several: so one that waits for
// another must not do so for ever where that one throws. The threads block all signals but the profiler's and
// those of faults, and are there until the process ends.
void run_with_helpers(size_t helpers, const std::function<void()>& help, const std::function<void()>& own);

}  // namespace prof
