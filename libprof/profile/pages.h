// A growing byte buffer whose pages can be given back while it is being read.
//
// Why not std::string: a decompressed profile is read once, front to back, into arrays of about its own size;
// giving back what has been read keeps the peak at one of the two. Growing never copies and never touches the
// new pages.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace prof {

// Gives the memory back that is in whole pages of [begin, end), which the caller owns: it reads as zero from
// then on.
void give_back(char* begin, char* end);

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

  // Puts the pages of [begin, end), which are not needed any more, under the bytes from `to` on, which nobody
  // has written; gives back what cannot be put there. Where the last one of them ends.
  size_t reuse(size_t begin, size_t end, size_t to) const;

  // give_back() of these bytes. Any thread, while the buffer does not move.
  void release(size_t begin, size_t end) const { give_back(data_ + begin, data_ + end); }

 private:
  char* data_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace prof
