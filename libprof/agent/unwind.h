// The stack unwinder: registers in, program counters out, leaf first.
//
// Called from: signal handlers, hooks. Never blocks, allocates or calls the loader: it searches tables that
// were compiled before and loads only memory it may: the thread's stack, the alternate signal stack, else
// what the kernel copies for it (one system call for 512 bytes). Freestanding.
#pragma once

#include <cstdint>

#include "libprof/agent/cfi.h"
#include "libprof/machine/registers.h"

namespace prof::agent {

struct LoadedModule {
  uint64_t start;
  uint64_t end;
  const UnwindTable* table;  // null where the module describes no code
  const void* info;          // the module list's own
};

// Sorted by start, not overlapping. Immutable once published.
struct ModuleList {
  uint32_t count;
  uint32_t capacity;

  // They follow the list in memory.
  LoadedModule* modules() { return reinterpret_cast<LoadedModule*>(this + 1); }
  const LoadedModule* modules() const { return reinterpret_cast<const LoadedModule*>(this + 1); }
  const LoadedModule* find(uint64_t pc) const;
};

struct StackRange {
  uint64_t low = 0;
  uint64_t high = 0;
  bool holds(uint64_t address) const { return address >= low && address < high; }
};

using machine::Registers;

struct UnwindRequest {
  const ModuleList* modules;
  Registers from;
  bool interrupted;      // from.pc is an interrupted instruction, not a return address
  StackRange stack;      // the thread's; {0, 0} where unknown
  StackRange alternate;  // its alternate signal stack; {0, 0} where it has none
};

enum class Step { kCaller, kOutermost, kLost };  // of a walk: what a frame led to

struct Unwound {
  uint32_t count;
  bool whole;      // reached the outermost frame
  uint64_t exact;  // as spool::Event::exact
};

// Finds out what the kernel allows. Called from: the constructor.
void init_unwind();

// Writes at most `capacity` frames.
Unwound unwind(const UnwindRequest& request, uint64_t* frames, uint32_t capacity);

// The registers of the caller of this function, good for unwinding while that caller runs.
[[gnu::always_inline]] inline Registers registers_here() {
  Registers r;
  asm volatile(
      "leaq 0(%%rip), %0\n\t"
      "movq %%rsp, %1\n\t"
      "movq %%rbp, %2\n\t"
      "movq %%rbx, %3"
      : "=r"(r.pc), "=m"(r.sp), "=m"(r.bp), "=m"(r.bx));
  r.general = nullptr;
  return r;
}

}  // namespace prof::agent
