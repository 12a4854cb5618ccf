#include "libprof/profile/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace prof {
namespace {

size_t page_size() {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace

void give_back(char* begin, char* end) {
  const auto first = (reinterpret_cast<uintptr_t>(begin) + page_size() - 1) / page_size() * page_size();
  const auto last = reinterpret_cast<uintptr_t>(end) / page_size() * page_size();
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  std::swap(size_, other.size_);
  return *this;
}

Pages::~Pages() {
  if (data_ != nullptr) ::munmap(data_, capacity_);
}

bool Pages::reserve(size_t capacity) {
  if (capacity <= capacity_) return true;
  capacity = (capacity + page_size() - 1) / page_size() * page_size();
  void* grown = data_ == nullptr
                    ? ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                    : ::mremap(data_, capacity_, capacity, MREMAP_MAYMOVE);
  if (grown == MAP_FAILED) return false;
  data_ = static_cast<char*>(grown);
  capacity_ = capacity;
  return true;
}

bool Pages::reserve_lazily(size_t capacity) {
  capacity = (capacity + page_size() - 1) / page_size() * page_size();
  void* const made =
      ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) return false;
  *this = Pages();
  data_ = static_cast<char*>(made);
  capacity_ = capacity;
  return true;
}

}  // namespace prof
