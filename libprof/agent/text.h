// Text in a fixed buffer, cut where it is full: paths and messages without stdio or allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace prof::agent {

template <size_t kSize>
class Text {
 public:
  Text& add(const char* text) { return add(text, std::strlen(text)); }
  Text& add(const char* text, size_t length) {
    const size_t taken = length < kSize - 1 - length_ ? length : kSize - 1 - length_;
    is_cut_ |= taken < length;
    std::memcpy(text_ + length_, text, taken);
    length_ += taken;
    text_[length_] = '\0';
    return *this;
  }
  Text& add(uint64_t number) {
    char digits[20];
    size_t i = sizeof digits;
    do digits[--i] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    return add(digits + i, sizeof digits - i);
  }
  void clear() {
    length_ = 0;
    is_cut_ = false;
    text_[0] = '\0';
  }

  const char* c_str() const { return text_; }
  size_t length() const { return length_; }
  bool is_cut() const { return is_cut_; }

 private:
  char text_[kSize] = {};
  size_t length_ = 0;
  bool is_cut_ = false;
};

}  // namespace prof::agent
