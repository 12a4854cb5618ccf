#include "libprof/base/flat_array.h"

#include <sys/mman.h>

#include <cstdlib>

namespace prof {
namespace {

// Smaller ones serve again sooner where malloc has them; and copying them does not count.
constexpr size_t kOwnPages = size_t{8} << 20;

bool has_own_pages(size_t size) { return size >= kOwnPages; }

}  // namespace

void* grow_block(void* block, size_t old_size, size_t size) {
  if (!has_own_pages(size)) {
    void* const grown = std::realloc(block, size);
    if (grown == nullptr) throw std::bad_alloc();
    return grown;
  }
  void* const grown = has_own_pages(old_size)
                          ? ::mremap(block, old_size, size, MREMAP_MAYMOVE)
                          : ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (grown == MAP_FAILED) throw std::bad_alloc();
  if (!has_own_pages(old_size) && block != nullptr) {
    std::memcpy(grown, block, old_size);
    std::free(block);
  }
  return grown;
}

void free_block(void* block, size_t size) {
  if (has_own_pages(size)) {
    ::munmap(block, size);
  } else {
    std::free(block);
  }
}

}  // namespace prof
