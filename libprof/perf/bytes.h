// Taking values off the front of bytes that anybody may have written.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace prof::perf {

// Every take past the end gives zeros and makes the reader bad for good: check once, at the end.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T take() {
    T value = {};
    if (rest_.size() < sizeof value) return is_good_ = false, rest_ = {}, value;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  uint64_t u64() { return take<uint64_t>(); }
  uint32_t u32() { return take<uint32_t>(); }

  std::string_view view(uint64_t size) {
    if (rest_.size() < size) return is_good_ = false, rest_ = {}, std::string_view();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  void skip(uint64_t size) { (void)view(size); }
  // Up to the first NUL or the end; all that is left is taken.
  std::string text() { return text_of(view(rest_.size())); }
  // A 32-bit size, then text padded with NULs.
  std::string sized_text() { return text_of(view(u32())); }

  std::string_view rest() const { return rest_; }
  bool is_good() const { return is_good_; }

 private:
  static std::string text_of(std::string_view padded) {
    return std::string(padded.substr(0, padded.find('\0')));
  }

  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace prof::perf
