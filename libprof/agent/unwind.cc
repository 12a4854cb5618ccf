#include "libprof/agent/unwind.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libprof/agent/pages.h"
#include "libprof/agent/unwinder.h"

namespace prof::agent {
namespace {

// Every load of the unwinder. The known range of a stack is mapped from the current stack pointer up: a stack
// grows down without gaps. Elsewhere (coroutines, threads that were running before the agent) the kernel says
// whether a page is readable: rt_sigprocmask copies its argument in before it looks at `how`, so a bad `how`
// changes nothing and tells EFAULT from EINVAL. The red zone is part of the range: epilogues leave rules that
// find a popped register where it was.
class Memory {
 public:
  Memory(const StackRange& stack, const StackRange& alternate) : stack_(stack), alternate_(alternate) {}

  // The stack that `sp` is on is the one to load from.
  void enter(uint64_t sp) {
    const StackRange& stack = alternate_.holds(sp) ? alternate_ : stack_;
    range_ = stack.holds(sp) ? StackRange{std::max(stack.low, sp - kRedZone), stack.high} : StackRange{};
  }

  bool load(uint64_t address, uint64_t& value) {
    const bool known = address >= range_.low && address <= range_.high - 8 && range_.high != 0;
    if (!known && !(readable(address) && readable(address + 7))) return false;
    __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
    return true;
  }

 private:
  static constexpr uint64_t kRedZone = 128;

  bool readable(uint64_t address) {
    const uint64_t page = address & ~uint64_t{kPageSize - 1};
    if (page == page_) return true;
    constexpr int kNoSuchHow = -1;
    if (page == 0 || ::syscall(SYS_rt_sigprocmask, kNoSuchHow, page, nullptr, 8) == 0 || errno == EFAULT) {
      return false;
    }
    page_ = page;
    return true;
  }

  StackRange stack_;
  StackRange alternate_;
  StackRange range_;
  uint64_t page_ = 0;
};

}  // namespace

const LoadedModule* ModuleList::find(uint64_t pc) const {
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (pc >= modules()[middle].end) {
      low = middle + 1;
    } else if (pc < modules()[middle].start) {
      high = middle;
    } else {
      return &modules()[middle];
    }
  }
  return nullptr;
}

Unwound unwind(const UnwindRequest& request, uint64_t* frames, uint32_t capacity) {
  Memory memory(request.stack, request.alternate);
  return Unwinder<Memory>(request, memory).run(frames, capacity);
}

}  // namespace prof::agent
