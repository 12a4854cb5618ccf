// What the agent reads of a loaded ELF object, through its program headers. Called with the loader's lock
// held for reading (in dl_iterate_phdr), so that the object stays mapped. Allocates nothing of the target's.
#pragma once

#include <link.h>

#include "libprof/agent/cfi.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

// The address ranges and the build id; path_size stays 0. False where nothing is mapped.
bool describe_image(const dl_phdr_info& info, spool::Module& module);

// Its unwind table: from .eh_frame, found through PT_GNU_EH_FRAME or else through the section headers of the
// file at `path`, and from that file's .debug_frame. Null where neither says anything, or there is no memory.
const UnwindTable* compile_image(const dl_phdr_info& info, const spool::Module& module, const char* path);

// Of all that follows in its segment from where .eh_frame begins. 0 where PT_GNU_EH_FRAME does not say where
// that is, or it may be written to: relocated, it is another each time.
uint64_t checksum_frames(const dl_phdr_info& info);

// Where it tells the loader to search for libraries: by DT_RPATH, which also rules for what it loads, or for
// itself by DT_RUNPATH.
struct SearchPaths {
  bool has_rpath = false;
  bool has_runpath = false;
};
SearchPaths find_search_paths(const dl_phdr_info& info);

}  // namespace prof::agent
