// Unwind tables that the processes of one recording share, so that a build of thousands of short processes
// compiles the C library's once: a file a table in the recording's own directory, which goes with the
// recording. The first process that compiles a table leaves it there, the next ones map it.
//
// A file gets its name when it is complete, and is believed when its length, version and checksum say so.
//
// Called from: threads, outside handlers, one at a time (the refresh of modules). Blocks on the file system.
// Allocates nothing of the target's.
#pragma once

#include "libprof/agent/cfi.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

// Where: an absolute path, for good. Before this call nothing is shared.
void share_tables_in(const char* directory);

// Another process's table of the object; null where none was left. Objects are known by build id and size.
const UnwindTable* take_shared_table(const spool::Module& module);

// Does nothing where the table is small: compiling it is as quick as opening a file.
void leave_shared_table(const spool::Module& module, const UnwindTable& table);

}  // namespace prof::agent
