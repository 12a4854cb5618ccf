#include "libprof/profile/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace prof {
namespace {

size_t page_size() {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

uintptr_t rounded_up(uintptr_t at) { return (at + page_size() - 1) / page_size() * page_size(); }
uintptr_t rounded_down(uintptr_t at) { return at / page_size() * page_size(); }

}  // namespace

void give_back(char* begin, char* end) {
  const auto first = rounded_up(reinterpret_cast<uintptr_t>(begin));
  const auto last = rounded_down(reinterpret_cast<uintptr_t>(end));
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
  capacity = rounded_up(capacity);
  void* grown = data_ == nullptr
                    ? ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                    : ::mremap(data_, capacity_, capacity, MREMAP_MAYMOVE);
  if (grown == MAP_FAILED) return false;
  data_ = static_cast<char*>(grown);
  capacity_ = capacity;
  return true;
}

size_t Pages::reuse(size_t begin, size_t end, size_t to) const {
  begin = rounded_up(begin);
  end = rounded_down(end);
  to = rounded_up(to);
  const size_t size = begin < end ? std::min(end - begin, capacity_ - std::min(to, capacity_)) : 0;
  const bool is_moved =
      size > 0 && ::mremap(data_ + begin, size, size, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
                           data_ + to) != MAP_FAILED;
  release(is_moved ? begin + size : begin, end);
  return is_moved ? to + size : to;
}

bool Pages::reserve_lazily(size_t capacity) {
  capacity = rounded_up(capacity);
  void* const made =
      ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) return false;
  *this = Pages();
  data_ = static_cast<char*>(made);
  capacity_ = capacity;
  return true;
}

}  // namespace prof
