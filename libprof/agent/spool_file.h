// Making this process's spool, and ending it.
//
// Called from: threads, fork's child handler; not from signal handlers or hooks. May block on the file
// system. Allocates nothing of the target's.
#pragma once

#include "libprof/agent/config.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

// A running spool, renamed into place, or null: then the reason is in `<directory>/<pid>.error` and in
// `error`; where that file cannot be written either, a fork's child counts itself in its parent's spool. The
// one before the last loses its mapping to it: a process has two at most, its own and the one that it was
// forked with or stopped.
spool::Header* create_spool(const Config& config, Text<256>& error);

// A sentence for the recorder to show, in `<directory>/<pid>.error`. Whether it is there.
bool leave_note(const Config& config, const char* text);

// Last words: state kFinished, the time, the CPU time used.
void finish_spool(spool::Header* header);

// Puts private memory in the spool's place, so that its pages are freed while a writer that is late may still
// write.
void detach_spool(spool::Header* header);

}  // namespace prof::agent
