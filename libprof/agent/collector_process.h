// The collector that a program which records itself starts: `prof collect --follow`, as a process that the
// program never sees: not in wait(), no SIGCHLD, no descriptors of its own, gone with its last profile.
//
// Called from: prof_start, prof_write and prof_stop, one at a time. Blocks as said.
#pragma once

#include <sys/types.h>

#include "libprof/agent/text.h"

namespace prof::agent {

using Message = Text<512>;

struct CollectorProcess {
  // Read end of a pipe: what went wrong, and a zero byte when the collector ends by itself. Its number may be
  // another file's by now: daemons close all descriptors, and open some.
  int report = -1;
  dev_t report_device = 0;
  ino_t report_inode = 0;
  int pid = 0;
  Text<256> spools;  // the directory of what it collects
};

// Starts it on `spools`, to write into `output`. Returns when it runs, or with why it does not.
bool start_collector(const char* spools, const char* output, CollectorProcess& process, Message& error);

// Whether it still runs. Does not block.
bool is_alive(const CollectorProcess& process);

// What to say of one that stands still.
void describe_stall(const CollectorProcess& process, Message& error);

// Waits for its end; false with what it reported, or that it stands still or was killed. Closes `process`.
// Where the program has closed the pipe: what went wrong is not known, only that spools are left.
bool wait_for_collector(CollectorProcess& process, Message& error);

}  // namespace prof::agent
