#include "libprof/agent/inflate.h"

#include <libdeflate.h>

#include <cstdlib>
#include <cstring>

#include "libprof/agent/pages.h"

namespace prof::agent {
namespace {

constexpr size_t kSizeField = 64;  // keeps the rest aligned as libdeflate wants it

void* allocate_pages(size_t size) {
  void* const pages = map_pages(page_up(size + kSizeField));
  if (pages == nullptr) return nullptr;
  std::memcpy(pages, &size, sizeof size);
  return static_cast<char*>(pages) + kSizeField;
}

void free_pages(void* at) {
  void* const pages = static_cast<char*>(at) - kSizeField;
  size_t size = 0;
  std::memcpy(&size, pages, sizeof size);
  unmap_pages(pages, page_up(size + kSizeField));
}

}  // namespace

bool inflate_zlib(const uint8_t* from, size_t from_size, uint8_t* to, size_t to_size) {
  // In the tests' programs this libdeflate is everybody's: theirs again afterwards.
  ::libdeflate_set_memory_allocator(allocate_pages, free_pages);
  libdeflate_decompressor* const decompressor = ::libdeflate_alloc_decompressor();
  bool is_good = false;
  if (decompressor != nullptr) {
    is_good = ::libdeflate_zlib_decompress(decompressor, from, from_size, to, to_size, nullptr) ==
              LIBDEFLATE_SUCCESS;
    ::libdeflate_free_decompressor(decompressor);
  }
  ::libdeflate_set_memory_allocator(std::malloc, std::free);
  return is_good;
}

}  // namespace prof::agent
