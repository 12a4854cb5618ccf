// Memory of the agent's own: pages from the kernel, never the target's allocator.
//
// Called from: threads, outside signal handlers and hooks' fast paths. Does not block.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace prof::agent {

inline constexpr size_t kPageSize = 4096;
inline constexpr size_t page_up(size_t size) { return (size + kPageSize - 1) & ~(kPageSize - 1); }

// Zeroed pages, given memory only where touched; null where the kernel refuses.
inline void* map_pages(size_t size) {
  void* address =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? nullptr : address;
}

inline void unmap_pages(void* address, size_t size) {
  if (address != nullptr) ::munmap(address, size);
}

// Gives back the pages of [address, address + mapped) past the first `used` bytes.
inline void trim_pages(void* address, size_t mapped, size_t used) {
  if (page_up(used) < page_up(mapped)) {
    ::munmap(static_cast<char*>(address) + page_up(used), page_up(mapped) - page_up(used));
  }
}

}  // namespace prof::agent
