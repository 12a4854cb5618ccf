// PID namespaces: in one of another, a process goes by another number than here.
#pragma once

#include <cstdint>

namespace prof::record {

// Whether a process that says so counts PIDs otherwise than this one; `pid_namespace` is
// spool::Header::pid_namespace. What does not say is taken to be of ours.
bool is_foreign(uint64_t pid_namespace);

// Whether /proc tells of processes by the numbers that they have for this one: not in a namespace that has
// none of its own (unshare --pid without --mount-proc).
bool proc_is_ours();

struct Found {
  uint32_t pid = 0;      // here; 0: none such is seen
  bool is_sure = false;  // of a pid of 0, too: there is none
};

// The process that is `pid` in that namespace, where it is ours or below it. Reads all of /proc.
Found find_process(uint64_t pid_namespace, uint32_t pid);

}  // namespace prof::record
