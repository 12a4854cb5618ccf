// What the kernel says of our own process, in /proc and, where that is missing (chroots, build sandboxes), in
// the auxiliary vector.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libprof/agent/unwind.h"

namespace prof::agent {

// The stack that the process began with, if the caller runs on it, else {0, 0}.
// Called from: the constructor. Does not block.
StackRange first_stack();

// Whether it has rights that whoever started it may not have (a set-user-id program): its environment is not
// to be believed. Called from: anywhere. Does not block.
bool is_set_id();

// The path of the program into `path`, NUL-terminated, cut at `size` > 0; the length. Without /proc it is
// what was executed, which may be relative. Called from: threads, outside handlers. Does not block.
size_t executable_path(char* path, size_t size);

// What it was executed as, without directories, into the `size` > 0 bytes of `name`; "" where it does not fit
// or does not name the program's file: a script's, or one that is gone since. Relative ones are found where
// the first call comes before the program changes its directory. Called from: as executable_path, one at a
// time.
void executed_as(char* name, size_t size);

// The inode of the PID namespace that getpid() counts in; 0 without /proc. Called from: threads, outside
// handlers. Does not block.
uint64_t own_pid_namespace();

// The next two make system calls of their own: a sanitizer's `stat` in front of libc's takes 2 KiB of a stack
// that a handler may not have.
//
// Calls visit(tid) for each thread of the process; for the calling one alone without /proc, or where that is
// another PID namespace's and its numbers mean other threads here.
// Called from: threads, signal handlers. Allocates nothing, needs 1.5 KB of stack, does not block.
void for_each_thread(void (*visit)(uint32_t tid));

// How many threads the process has; 0 where /proc does not say. Called from: as for_each_thread.
uint32_t thread_count();

}  // namespace prof::agent
