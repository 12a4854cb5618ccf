// What the spool is told of the programs that this process becomes or starts.
//
// Called from: threads, and children of fork and vfork, which may hold any lock and share their parent's
// memory. Never blocks, locks or calls the loader; pages are the kernel's own.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace prof::agent {

// The monotonic clock, in ns; 0 where nobody records: such a process may have forbidden itself the clock.
int64_t time_of_exec();

// Process `pid` becomes `path` (empty: it did not after all; null: not known which, and nothing is told). A
// path with a slash that is relative to this process's directory is made absolute; a name without one is what
// a PATH is searched for.
void tell_exec(int64_t time_ns, pid_t pid, const char* path);

}  // namespace prof::agent
