#include "libprof/agent/unwind.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "libprof/agent/pages.h"
#include "libprof/agent/unwinder.h"

namespace prof::agent {
namespace {

// Writer: the constructor. Whether this process may be asked for its memory as another one is: not where it
// began in a seccomp filter, which may kill for it.
std::atomic<bool> may_copy = false;

// Every load of the unwinder. The known range of a stack is mapped from the current stack pointer up: a stack
// grows down without gaps. The red zone is part of the range: epilogues leave rules that find a popped
// register where it was.
//
// Elsewhere (code, coroutines, threads that were running before the agent, whatever a guess leads to) another
// thread may unmap at any time what was readable just now, so the kernel copies it: a block at a time, which
// is as old as the walk at most. Where that is not allowed the kernel says whether a page is readable:
// rt_sigprocmask copies its argument in before it looks at `how`, so a bad `how` changes nothing and tells
// EFAULT from EINVAL.
class Memory {
 public:
  Memory(const StackRange& stack, const StackRange& alternate) : stack_(stack), alternate_(alternate) {}

  // The stack that `sp` is on is the one to load from.
  void enter(uint64_t sp) {
    const StackRange& stack = alternate_.holds(sp) ? alternate_ : stack_;
    range_ = stack.holds(sp) ? StackRange{std::max(stack.low, sp - kRedZone), stack.high} : StackRange{};
  }

  // Whether load() takes any address, be it unmapped meanwhile.
  bool is_fault_free() const { return copies_; }

  [[gnu::always_inline]] bool load(uint64_t address, uint64_t& value) {
    if (address >= range_.low && address <= range_.high - 8 && range_.high != 0) {
      __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
      return true;
    }
    uint64_t elsewhere = 0;  // so that `value` may be in a register
    if (!load_elsewhere(address, elsewhere)) return false;
    value = elsewhere;
    return true;
  }

 private:
  static constexpr uint64_t kRedZone = 128;
  static constexpr uint64_t kBlockSize = 512;  // divides a page: it is readable or not

  [[gnu::noinline]] bool load_elsewhere(uint64_t address, uint64_t& value) {
    if (copies_) return copy(address, value);
    if (!readable(address) || !readable(address + 7)) return false;
    __builtin_memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
    return true;
  }

  bool copy(uint64_t address, uint64_t& value) {
    const uint64_t offset = address % kBlockSize;
    if (offset > kBlockSize - sizeof value) return copy_bytes(address, &value, sizeof value);
    if (block_start_ != address - offset) {
      block_start_ = 0;
      if (address < kPageSize || !copy_bytes(address - offset, block_, sizeof block_)) return false;
      block_start_ = address - offset;
    }
    __builtin_memcpy(&value, block_ + offset, sizeof value);
    return true;
  }

  static bool copy_bytes(uint64_t from, void* to, size_t size) {
    const iovec here = {to, size}, there = {reinterpret_cast<void*>(from), size};
    const long copied = ::syscall(SYS_process_vm_readv, ::syscall(SYS_gettid), &here, 1, &there, 1, 0);
    return copied == static_cast<long>(size);
  }

  bool readable(uint64_t address) {
    const uint64_t page = address & ~uint64_t{kPageSize - 1};
    if (page == page_) return page != 0;
    constexpr int kNoSuchHow = -1;
    if (page == 0 || ::syscall(SYS_rt_sigprocmask, kNoSuchHow, page, nullptr, 8) == 0 || errno == EFAULT) {
      return false;
    }
    page_ = page;
    return true;
  }

  const bool copies_ = may_copy.load(std::memory_order_relaxed);
  StackRange stack_;
  StackRange alternate_;
  StackRange range_;
  uint64_t page_ = 0;
  uint64_t block_start_ = 0;  // 0: none
  uint8_t block_[kBlockSize];
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

void init_unwind() { may_copy.store(::prctl(PR_GET_SECCOMP) == 0, std::memory_order_relaxed); }

Unwound unwind(const UnwindRequest& request, uint64_t* frames, uint32_t capacity) {
  Memory memory(request.stack, request.alternate);
  return Unwinder<Memory>(request, memory).run(frames, capacity);
}

}  // namespace prof::agent
