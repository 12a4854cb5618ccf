// mimalloc is built as C: its operator new aborts where there is no memory, without a word, as it can neither
// throw nor ask for a handler. Its malloc, which this is then, returns null.
#include <cstdlib>
#include <new>

namespace {

void* or_throw(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void* aligned(size_t size, std::align_val_t alignment) {
  void* block = nullptr;
  return ::posix_memalign(&block, static_cast<size_t>(alignment), size) == 0 ? block : nullptr;
}

}  // namespace

void* operator new(size_t size) { return or_throw(std::malloc(size)); }
void* operator new[](size_t size) { return or_throw(std::malloc(size)); }
void* operator new(size_t size, std::align_val_t alignment) { return or_throw(aligned(size, alignment)); }
void* operator new[](size_t size, std::align_val_t alignment) { return or_throw(aligned(size, alignment)); }
