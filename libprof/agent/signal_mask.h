// The kernel's own signal mask, past the hooks that hide ours. Called from: anywhere. Never blocks.
#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace prof::agent {

// As the kernel has it: bit n - 1 is signal n.
using SignalMask = uint64_t;

inline constexpr SignalMask signal_bit(int number) { return SignalMask{1} << (number - 1); }

// Linux never sends it: blocked in the kernel's mask, it says that the target blocks SIGPROF (signals.h).
inline constexpr int kStandIn = SIGSTKFLT;

// A mask of the target's that the kernel has for a while, with SIGPROF as the target asks.
inline sigset_t without_stand_in(sigset_t set) {
  if (sigismember(&set, SIGPROF) == 0) sigdelset(&set, kStandIn);
  return set;
}

inline sigset_t as_sigset(SignalMask mask) {
  sigset_t set = {};
  // Not by sigaddset, which refuses the C library's own signals.
  std::memcpy(&set, &mask, sizeof mask);
  return set;
}

// The mask before. `how` as for sigprocmask.
inline SignalMask change_signal_mask(int how, SignalMask mask) {
  SignalMask before = 0;
  ::syscall(SYS_rt_sigprocmask, how, &mask, &before, sizeof mask);
  return before;
}

// Everything that can wait waits, while this lives.
class BlockedSignals {
 public:
  BlockedSignals() : before_(change_signal_mask(SIG_SETMASK, ~SignalMask{0})) {}
  ~BlockedSignals() { change_signal_mask(SIG_SETMASK, before_); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  SignalMask before_;
};

}  // namespace prof::agent
