// Memory of the agent's own: pages from the kernel, never the target's allocator, all of it within a budget.
//
// What is counted is what is mapped, as RLIMIT_AS does, so that the bound holds for both. docs/memory.md says
// what takes how much.
//
// Called from: threads, outside signal handlers and hooks' fast paths, but for unmap. Does not block.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace prof::agent {

inline constexpr size_t kPageSize = 4096;
inline constexpr size_t page_up(size_t size) { return (size + kPageSize - 1) & ~(kPageSize - 1); }

class Budget {
 public:
  // Writer: start. What is over a smaller limit already stays.
  void set_limit(uint64_t bytes) { limit_.store(bytes, std::memory_order_relaxed); }
  uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }

  // False, and counted as refused, where it would be more than the limit.
  bool take(size_t size) {
    if (used_.fetch_add(page_up(size), std::memory_order_relaxed) + page_up(size) <= limit()) return true;
    give_back(size);
    refuse();
    return false;
  }
  void give_back(size_t size) { used_.fetch_sub(page_up(size), std::memory_order_relaxed); }
  void refuse() { refused_.fetch_add(1, std::memory_order_relaxed); }
  // How often there was no memory, by the budget or by the kernel.
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  // Writers: whoever maps, relaxed: sums only. Two that ask at once for the last of it may both be refused.
  std::atomic<uint64_t> limit_ = UINT64_MAX;
  std::atomic<uint64_t> used_ = 0;
  std::atomic<uint64_t> refused_ = 0;
};
inline Budget budget;

// By system calls: a program, or its sanitizer, may have functions of its own in front of libc's. Never
// blocks.
inline void unmap(void* address, size_t size) { ::syscall(SYS_munmap, address, size); }

// Zeroed pages, given memory only where touched; null where the budget or the kernel refuses.
inline void* map_pages(size_t size) {
  if (!budget.take(size)) return nullptr;
  const long address = ::syscall(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address != -1) return reinterpret_cast<void*>(address);
  budget.give_back(size);
  budget.refuse();
  return nullptr;
}

inline void unmap_pages(void* address, size_t size) {
  if (address == nullptr) return;
  unmap(address, size);
  budget.give_back(size);
}

// Gives back the pages of [address, address + mapped) past the first `used` bytes.
inline void trim_pages(void* address, size_t mapped, size_t used) {
  if (page_up(used) < page_up(mapped)) {
    unmap_pages(static_cast<char*>(address) + page_up(used), page_up(mapped) - page_up(used));
  }
}

}  // namespace prof::agent
