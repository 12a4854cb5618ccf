// A cursor over the bytes of a section. Total: past the end it reads zeros, stays there, and says so by ok().
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace prof::symbols::dwarf {

class Bytes {
 public:
  explicit Bytes(std::string_view data, uint64_t at = 0) : data_(data) { seek(at); }

  bool ok() const { return ok_; }
  bool at_end() const { return at_ >= data_.size(); }
  uint64_t at() const { return at_; }
  void seek(uint64_t at) {
    if (!ok_ || at > data_.size()) return fail();
    at_ = at;
  }
  void skip(uint64_t size) {
    if (size > data_.size() - at_) return fail();
    at_ += size;
  }

  uint8_t u8() { return fixed<uint8_t>(); }
  uint16_t u16() { return fixed<uint16_t>(); }
  uint32_t u32() { return fixed<uint32_t>(); }
  uint64_t u64() { return fixed<uint64_t>(); }
  uint32_t u24() {
    const uint32_t low = u16();
    return low | uint32_t{u8()} << 16;
  }
  // A number of `size` bytes: 1, 2, 4 or 8.
  uint64_t number(unsigned size) { return size == 8 ? u64() : size == 4 ? u32() : size == 2 ? u16() : u8(); }

  uint64_t uleb() {
    if (at_ < data_.size() && static_cast<uint8_t>(data_[at_]) < 0x80) {  // nearly all
      return static_cast<uint8_t>(data_[at_++]);
    }
    uint64_t value = 0;
    for (unsigned shift = 0; at_ < data_.size(); shift += 7) {
      const auto byte = static_cast<uint8_t>(data_[at_++]);
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; at_ < data_.size();) {
      const auto byte = static_cast<uint8_t>(data_[at_++]);
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      shift += 7;
      if (byte < 0x80) {
        if (shift < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << shift;
        return static_cast<int64_t>(value);
      }
    }
    ok_ = false;
    return 0;
  }
  void skip_leb() {
    while (at_ < data_.size()) {
      if (static_cast<uint8_t>(data_[at_++]) < 0x80) return;
    }
    ok_ = false;
  }
  // Up to the zero that ends it.
  std::string_view string() {
    const char* start = data_.data() + at_;
    const void* zero = at_ < data_.size() ? std::memchr(start, 0, data_.size() - at_) : nullptr;
    if (zero == nullptr) {
      fail();
      return {};
    }
    const auto size = static_cast<size_t>(static_cast<const char*>(zero) - start);
    at_ += size + 1;
    return {start, size};
  }

 private:
  template <typename T>
  T fixed() {
    T value = 0;
    if (sizeof(T) > data_.size() - at_) {
      fail();
      return 0;
    }
    std::memcpy(&value, data_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  void fail() {
    ok_ = false;
    at_ = data_.size();  // so that reads need no other check
  }

  std::string_view data_;
  uint64_t at_ = 0;  // <= data_.size()
  bool ok_ = true;
};

}  // namespace prof::symbols::dwarf
