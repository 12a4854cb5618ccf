// What is known of each loaded object: its record, its unwind table, where the loader searches for it. Made
// once for each object and address, and never freed: the number of distinct pairs bounds them, and a program
// that loads one plugin again and again gets the same one.
#pragma once

#include <link.h>

#include "libprof/agent/elf_image.h"
#include "libprof/agent/unwind.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

struct ModuleInfo {
  ModuleInfo* next;
  spool::Module record;
  const UnwindTable* table;
  uint64_t frames;  // checksum_frames
  SearchPaths search_paths;
  bool is_written;    // to the present spool
  bool lacks_memory;  // for its table

  // record.path_size bytes, after it in memory.
  char* path() { return reinterpret_cast<char*>(this + 1); }
};

// Called from: whoever holds the refresh of modules (modules.cc), with the loader's lock. Compiles its table
// where the object is new. Null where there is no memory, or no code.
ModuleInfo* info_of(const dl_phdr_info& info, bool is_first);

// All of them, the newest first. Called from: whoever holds that refresh, and the fork handler of a child.
ModuleInfo* known_modules();

// Whether `pc` is in the agent's own code. Called from: signal handlers, hooks. Never blocks.
bool is_own_code(uint64_t pc);

}  // namespace prof::agent
