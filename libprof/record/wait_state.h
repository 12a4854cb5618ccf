// What a thread of a wall-clock profile was doing: the value of its label `state`.
#pragma once

#include <cstdint>
#include <string>

namespace prof::record {

enum WaitState : uint32_t {
  kNoState = 0,     // of kinds that have none
  kRunning = 1,     // on a CPU: what the agent sampled
  kRunnable = 2,    // ready, and waiting for a CPU
  kBlocked = 3,     // off the CPU; in what is not known
  kPageFault = 4,   // off the CPU outside any system call: for memory that is read from a disk
  kFirstCall = 16,  // kFirstCall + n: in system call n of x86-64
};

inline constexpr uint32_t state_of_call(long number) { return kFirstCall + static_cast<uint32_t>(number); }

// "running", "runnable", "blocked", "page fault", or the system call's name.
std::string state_name(uint32_t state);

}  // namespace prof::record
