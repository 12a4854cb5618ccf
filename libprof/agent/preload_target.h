// Whether the agent can be preloaded into a program that is about to be executed. Where it cannot, LD_PRELOAD
// would do harm: musl's loader refuses to run the program, glibc's complains on its standard error.
//
// Called from: threads, and children of fork and vfork, which may hold any lock and share their parent's
// memory: system calls that every start of a program makes (a seccomp filter that allows the exec allows
// them), and 6 KB of stack. Blocks on the file system, as the exec itself does. Closing what it looked at
// ends POSIX record locks of this process on that very file.
#pragma once

namespace prof::agent {

// `agent` and `path` as this process sees them now, after a chroot. A static program ignores LD_PRELOAD and
// hands it on: true. What cannot be read is taken to be glibc's: true. Of a script, its interpreter is what
// counts.
bool takes_preload(const char* agent, int directory, const char* path);

// The same of the file that execvp(name) would run.
bool takes_preload_by_name(const char* agent, const char* name);

// The same of an open file, where /proc shows it.
bool takes_preload_by_fd(const char* agent, int fd);

}  // namespace prof::agent
