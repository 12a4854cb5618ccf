// The life of a recording in this process: start, stop, fork, exit.
#pragma once

#include "libprof/agent/config.h"

namespace prof::agent {

// Called from: threads, one at a time; not from handlers or hooks. May block on the file system. False with a
// sentence in `error` where there is no spool: nothing is recorded then, and nothing else is changed.
bool start_recording(const Config& config, Text<256>& error);

// Stops every engine and says so in the spool. Called from: threads, one at a time. Waits for samples under
// way, a hundred sleeps of 0.1 ms at most, and reads each thread's name from /proc.
void stop_recording();

// The same where nothing may be waited for: of _exit. Called from: threads, signal handlers, and children of
// vfork, whose parent's recording is left alone. Waits for another thread that is in sigaction for SIGPROF, a
// few system calls.
void leave_recording();

// Before an exec, which ends all threads or fails: what they used since their last samples is written down,
// once, and they go on. Called from: as leave_recording.
void settle_recording();
// After an exec that failed: this thread, whose end is in the spool already, is written down as begun again.
// Called from: as leave_recording.
void resume_recording();

// Whether a launcher configured the agent: it is in charge then, and prof.h does nothing.
bool is_launched();
// Whether it wants this process's children recorded too. Called from: anywhere. Never blocks.
bool follows_children();

// This process is about to forbid itself what samples need: ends its recording for good, and leaves `note` to
// say so. In a vfork's child, whose parent's memory this is, does nothing. Called from: threads. As
// stop_recording.
void enter_sandbox(const char* note);
// Whether it did, or the process that it was forked from. Called from: anywhere. Never blocks.
bool is_shut_in();

// The spool's header while a recording is on; else null.
spool::Header* current_spool();

}  // namespace prof::agent
