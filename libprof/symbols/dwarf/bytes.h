// A cursor over the bytes of a section. Total: past the end it reads zeros and says so by ok().
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
    ok_ = ok_ && at <= data_.size();
    at_ = ok_ ? at : data_.size();
  }
  void skip(uint64_t size) {
    ok_ = ok_ && size <= data_.size() - at_;
    at_ = ok_ ? at_ + size : data_.size();
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
      skip(UINT64_MAX);
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
    if (!ok_ || sizeof(T) > data_.size() - at_) {
      skip(UINT64_MAX);
      return 0;
    }
    std::memcpy(&value, data_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  std::string_view data_;
  uint64_t at_ = 0;
  bool ok_ = true;
};

}  // namespace prof::symbols::dwarf
