// What the agent knows of each thread, and the moments when threads come and go.
#pragma once

#include <pthread.h>

#include <cstdint>

#include "libprof/agent/random.h"
#include "libprof/agent/unwind.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

// Ticks of its timer, or of its perf clock (null), which wait for the handler of another signal:
// signal_handler.cc.
struct WaitingTick {
  void* timer;
  int count;
};

// Written by its own thread only, outside signal handlers, except where noted. All zero in a thread that the
// agent did not see start, which is a valid state: handlers and hooks then find out what they need.
struct ThreadState {
  StackRange stack;  // written before the thread's timer is armed, constant after
  uint32_t tid;      // 0: not asked yet. Also written by handlers, with the same value
  bool is_seeded;
  bool is_ending;
  Random random;
  uint32_t heap_recording;   // for which heap_countdown was drawn: heap.h
  int64_t heap_countdown;    // bytes until the next heap sample
  uint64_t allocations;      // heap hooks passed: tells an outer hook that an inner one has counted
  uint64_t operator_caller;  // of an operator new or delete whose next one was looked for last
  bool has_objects_change;   // it was last seen on its way into dlopen: operators.h
  char name[16];             // as last written to the spool
  uint32_t labels;           // number of its label set: labels.h. Handlers read it
  uint64_t routine;          // where it began; 0 where that was not seen
  uint64_t mask_before_fork;
  int searches;             // under way in it, below a handler that forks: search_gate.h
  volatile bool had_perf;   // a perf clock may have sent it signals: perf_clock.h. Written by the handler
  volatile bool is_paused;  // its timer is. Also written by the handler
  volatile bool
      has_small_stack;  // alternate_stack.h: its timer stands still. Also written by sigaltstack in handlers
  WaitingTick waiting_tick;  // written by the handler only; it ends with none
};

// initial-exec: one instruction to reach, and no call that could allocate, in any thread from its first one.
extern constinit thread_local ThreadState thread_state [[gnu::tls_model("initial-exec")]];

// Called from: signal handlers, hooks. Never blocks (one system call the first time).
uint32_t current_tid();

// Called from: threads, outside signal handlers. Never blocks.
Random& thread_random();

// For what handlers draw, too. Writers: whoever draws; seed_threads and threads_forked.
extern SharedRandom shared_random;

// Called from: start, before any sample. With a seed, the threads' sequences depend on it and on the order in
// which they first draw; 0: on the clock.
void seed_threads(uint64_t seed);

// In a fork's child: its draws are others than its parent's, and its thread is another one. Called from: the
// fork handler.
void threads_forked();

// The stack that a thread with these attributes gets; {0, size} where libc maps it. Called from: the thread
// that makes it. Without attributes takes libc's lock on its defaults, as pthread_create does itself.
StackRange stack_for(const pthread_attr_t* attributes);

// Makes the thread that calls known: its stack, its record, its timer. Called from: a thread that begins,
// before `routine`. Never blocks.
void begin_thread(uint64_t routine, uint32_t labels, const StackRange& stack);

// Resolves the next pthread_create. Called from: the constructor.
void init_threads();

// The frames below the start routine of every thread that pthread_create made, as a stack has them. Written
// by the first such thread before it is armed. Called from: threads. Never blocks.
struct ThreadBase {
  uint32_t count;
  uint64_t frames[4];
};
const ThreadBase& thread_base();

// Writes a Thread record for `tid`, with its name now. Called from: threads; for the calling one also from
// signal handlers and vfork's children, before an exec (wall.cc). Blocks on /proc for another thread.
void write_thread(uint32_t tid, spool::ThreadEvent event);

}  // namespace prof::agent
