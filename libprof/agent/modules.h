// The loaded objects: their unwind tables for the unwinder, their records for the collector.
#pragma once

#include "libprof/agent/unwind.h"

namespace prof::agent {

// Called from: signal handlers, hooks. Never blocks. The list stays valid while the caller holds a buffer of
// the pool. Never null.
const ModuleList* module_list();

// Whether the loader searches for a bare library name in the same places when the agent asks as when the code
// at `caller` does. Called from: threads. Never blocks.
bool searches_like_us(uint64_t caller);

// Looks at what is loaded now: compiles tables of new modules, publishes the list, writes Module and Unload
// records where something is recorded.
// Called from: threads, outside handlers and hooks of the allocator. Takes the loader's lock for reading, and
// a fork waits meanwhile; where another thread is at it already, that thread looks once more and this one
// does not wait.
void refresh_modules();

// As refresh_modules, where the loader may have changed the list since the last look: otherwise one load.
void refresh_modules_if_stale();
void mark_modules_stale();
// After a call that may have loaded some, and need not have. As refresh_modules; in a fork's child only
// marks: there a thread that stayed in the parent may hold the loader's lock, which the call did not ask for.
void refresh_modules_after_call();

// Records that the ring had no room for when their modules were loaded: refreshes try them again, and so does
// this, at the end. Called from: threads. Never blocks.
void write_missing_modules();

// A new spool knows no module yet: writes all of them. `forked`: in a fork's child, where the loader's lock
// may be held by a thread that is no more; works from the list as it is.
void write_all_modules(bool forked);

}  // namespace prof::agent
