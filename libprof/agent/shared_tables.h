// Unwind tables that were compiled before: by another process of the same recording, so that a build of
// thousands of short processes compiles the C library's once, or for an earlier recording.
//
// A file a table. What a process compiles it leaves in the recording's own directory, where the next ones map
// it; when the recording ends, the recorder moves those files to where tables are kept. From there they are
// read and not mapped: a home may be on a file system that takes mapped pages away.
//
// A file gets its name when it is complete, and is believed when its length, version and checksum say so, in
// a directory that is this user's alone (private_directory.h).
//
// Called from: threads, outside handlers, one at a time (the refresh of modules). Blocks on the file system.
// Allocates nothing of the target's.
#pragma once

#include "libprof/agent/cfi.h"
#include "libprof/agent/text.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

// Changes with all that a file holds: with what the compiler makes of the same sections, too.
inline constexpr uint32_t kTableVersion = 2;

// The file's name: the object's build id, its size in memory, the size of its file, which differs where
// .debug_frame was stripped, and `frames`, the checksum of its .eh_frame (elf_image.h): a build id may be
// given by hand, or stay through a change of the code. Empty without a build id.
using TableName = Text<128>;
TableName name_table(const spool::Module& module, uint64_t frames, const char* path);

// Where: absolute paths, for good; `kept` may be empty. Before this call nothing is shared.
void share_tables_in(const char* directory, const char* kept);

// Null where there is none.
const UnwindTable* take_table(const TableName& name);

// Does nothing where the table is small: compiling it is as quick as opening a file.
void leave_table(const TableName& name, const UnwindTable& table);

}  // namespace prof::agent
