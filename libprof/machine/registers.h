// The registers that a stack walk goes by.
#pragma once

#include <cstdint>

namespace prof::machine {

struct Registers {
  uint64_t pc;
  uint64_t sp;
  uint64_t bp;
  uint64_t bx;
  const uint64_t* general;  // all of them in ucontext's order, as last interrupted; null where not known
};

}  // namespace prof::machine
