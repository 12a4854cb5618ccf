// A growing byte buffer whose pages can be given back from the front while it is being read.
//
// Why not std::string: a decompressed profile is read once, front to back, into arrays of about its own size;
// giving back what has been read keeps the peak at one of the two. Growing never copies and never touches the
// new pages.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace prof {

class Pages {
 public:
  Pages() = default;
  Pages(Pages&& other) noexcept { *this = std::move(other); }
  Pages& operator=(Pages&& other) noexcept;
  ~Pages();

  // Room for `capacity` bytes; what was written stays. False where the system has no memory.
  bool reserve(size_t capacity);
  // The same of a new buffer, without asking whether there is so much memory: pages are taken when touched.
  bool reserve_lazily(size_t capacity);
  char* data() { return data_; }
  size_t capacity() const { return capacity_; }
  size_t size() const { return size_; }
  void set_size(size_t size) { size_ = size; }  // REQUIRES: size <= capacity()
  std::string_view view() const { return {data_, size_}; }

  // Gives the pages before `offset` back; they read as zero from then on.
  void release_before(size_t offset);

 private:
  char* data_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
  size_t released_ = 0;
};

}  // namespace prof
