// A growing array of plain numbers and records, whose new elements hold whatever the memory held.
//
// Why not std::vector: it writes zeros to what is about to be written, and copies what is there when it
// grows. This one leaves new pages untouched, and moves large arrays by moving their pages, so that room for
// too many costs addresses, not memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace prof {

// `block`, of `old_size` bytes (null: 0), with room for `size`, which is more; its bytes stay, at another
// place perhaps. Throws std::bad_alloc, and `block` is as it was.
void* grow_block(void* block, size_t old_size, size_t size);
void free_block(void* block, size_t size);

template <typename T>
class FlatArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  FlatArray() = default;
  FlatArray(FlatArray&& other) noexcept { swap(other); }
  FlatArray& operator=(FlatArray&& other) noexcept {
    FlatArray(std::move(other)).swap(*this);
    return *this;
  }
  ~FlatArray() { free_block(data_, capacity_ * sizeof(T)); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

  // Throws std::bad_alloc, as all that grows.
  void reserve(size_t capacity) {
    if (capacity <= capacity_) return;
    if (capacity > SIZE_MAX / sizeof(T)) throw std::bad_alloc();
    data_ = static_cast<T*>(grow_block(data_, capacity_ * sizeof(T), capacity * sizeof(T)));
    capacity_ = capacity;
  }
  void resize(size_t size) {  // new elements are not written
    if (size > capacity_) grow(size);
    size_ = size;
  }
  void resize(size_t size, const T& value) {
    const size_t before = size_;
    resize(size);
    if (size > before) std::fill(data_ + before, data_ + size, value);
  }
  void push_back(T value) {
    resize(size_ + 1);
    data_[size_ - 1] = value;
  }
  void append(std::span<const T> more) {  // not of its own elements
    if (more.empty()) return;
    resize(size_ + more.size());
    std::memcpy(static_cast<void*>(data_ + size_ - more.size()), more.data(), more.size_bytes());
  }
  void clear() { size_ = 0; }  // keeps the room

 private:
  // To twice of what there is, or as far as needed where that is too much.
  void grow(size_t size) {
    try {
      reserve(std::max(size, 2 * capacity_));
    } catch (const std::bad_alloc&) {
      reserve(size);
    }
  }
  void swap(FlatArray& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace prof
