// A bounded cursor over DWARF bytes: reads past the end give zero and set `failed`.
#pragma once

#include <cstdint>
#include <cstring>

namespace prof::agent {

class DwarfBytes {
 public:
  // `address` is the run-time address of `begin`, for pc-relative pointers.
  DwarfBytes(const uint8_t* begin, const uint8_t* end, uint64_t address)
      : at_(begin), end_(end), address_(address) {}

  bool failed() const { return failed_; }
  bool done() const { return failed_ || at_ == end_; }
  const uint8_t* at() const { return at_; }
  uint64_t left() const { return static_cast<uint64_t>(end_ - at_); }
  uint64_t address() const { return address_; }

  template <typename T>
  T fixed() {
    T value = 0;
    if (left() < sizeof value) {
      fail();
      return 0;
    }
    std::memcpy(&value, at_, sizeof value);
    advance(sizeof value);
    return value;
  }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = fixed<uint8_t>();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
  }

  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;;) {
      const auto byte = fixed<uint8_t>();
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      shift += 7;
      if ((byte & 0x80) != 0) continue;
      if ((byte & 0x40) != 0 && shift < 64) value |= ~uint64_t{0} << shift;
      return static_cast<int64_t>(value);
    }
  }

  // A pointer in one of .eh_frame's encodings; `absolute` ignores the relation (for ranges).
  uint64_t encoded(uint8_t encoding, bool absolute) {
    const uint64_t here = address_;
    uint64_t value = 0;
    switch (encoding & 0x0f) {
      case 0x00:
      case 0x04:
      case 0x0c:
        value = fixed<uint64_t>();
        break;
      case 0x01:
        value = uleb();
        break;
      case 0x02:
        value = fixed<uint16_t>();
        break;
      case 0x03:
        value = fixed<uint32_t>();
        break;
      case 0x09:
        value = static_cast<uint64_t>(sleb());
        break;
      case 0x0a:
        value = static_cast<uint64_t>(int64_t{fixed<int16_t>()});
        break;
      case 0x0b:
        value = static_cast<uint64_t>(int64_t{fixed<int32_t>()});
        break;
      default:
        fail();
        return 0;
    }
    if (absolute) return value;
    switch (encoding & 0xf0) {
      case 0x00:
        return value;
      case 0x10:
        return here + value;
      default:
        fail();
        return 0;
    }
  }

  // The next `size` bytes as a cursor of their own.
  DwarfBytes take(uint64_t size) {
    if (size > left()) {
      fail();
      size = 0;
    }
    DwarfBytes part(at_, at_ + size, address_);
    advance(size);
    return part;
  }

 private:
  void advance(uint64_t size) {
    at_ += size;
    address_ += size;
  }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  uint64_t address_;
  bool failed_ = false;
};

}  // namespace prof::agent
