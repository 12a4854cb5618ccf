// One event with its stack, to the spool.
#pragma once

#include "libprof/agent/unwind.h"
#include "libprof/spool/spool.h"

namespace prof::agent {

struct Sample {
  Kind kind;
  Registers from;
  bool interrupted;      // `from` is a signal's context; else the caller of a hook of ours
  StackRange alternate;  // the thread's alternate signal stack, where known
  uint64_t weight;
  uint64_t value;
  uint64_t id;
  uint32_t tid;   // 0: this thread
  uint8_t flags;  // spool::EventFlags beside kTruncated
};

// Called from: signal handlers, hooks. Never blocks. False where it was dropped, and counted.
bool record(const Sample& sample);

// As record, with a stack that is known already: `count` frames, of which frames[0] is exact; it is whole.
// None where no place is known.
bool record_stack(const Sample& sample, const uint64_t* frames, uint32_t count);

}  // namespace prof::agent
