// The stack as it is, known without any unwind information: every call that was executed and has not been
// returned from. The arbiter between unwinders.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/unwind/traced.h"

namespace prof::test {

class TrueStack {
 public:
  // Tell it before and after each step.
  void before(const Traced& program);
  void after(const Traced& program);

  // Program counters, leaf first; of callers their return addresses.
  void frames(const Traced& program, std::vector<uint64_t>& out) const;

 private:
  struct Call {
    uint64_t slot;  // where its return address is
    uint64_t return_address;
    // Of a signal handler: what it interrupted.
    bool is_signal;
    uint64_t pc;
    uint64_t sp;
  };

  void pop_returned(uint64_t sp);

  std::vector<Call> calls_;
  uint64_t pc_ = 0;
  uint64_t sp_ = 0;
  bool is_call_ = false;
  bool is_signal_return_ = false;
};

}  // namespace prof::test
