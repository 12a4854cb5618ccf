// What a recording saw of the time that its processes spent, and how much it did not see.
#pragma once

#include "libprof/record/recorder.h"

namespace prof::record {

// Seconds.
struct CpuAccount {
  double used = 0;  // by the kernel's count, or by that of processes that nobody waited for
  double seen = 0;  // in the profile
  // Not in the profile: of recorded processes, in samples that were dropped and without a sample, and past
  // what those processes told at their end. 0 where it is not worth a word (up to 5%, 20 ms, and two standard
  // errors of what is in the profile), and where CPU time was not asked for.
  double dropped = 0;
  double unsampled = 0;
  double unrecorded = 0;
  // What is unsampled is so little that processes may have spent it before their first and after their last
  // sample: 50 ms each, which is long for the loader.
  bool may_be_start_up = false;
  // The latter is so little that the kernel may have spent it: to free 1 GiB took it 0.16 to 0.19 s on a
  // virtual machine of two cores; 0.3 is allowed, and 1 ms for each process, for busier ones.
  bool may_be_freeing = false;
};
CpuAccount cpu_account(const Recording& recording);

// Seconds, of all threads together.
struct WallAccount {
  double total = 0;
  double running = 0;
  double runnable = 0;  // waiting for a CPU
  double blocked = 0;
};
WallAccount wall_account(const KindProfile& wall);

// Of the stacks of all kinds, which part misses its outermost callers: 0 to 1.
double truncated_share(const Profiles& profiles);

}  // namespace prof::record
