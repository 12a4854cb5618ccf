// The fields of a line: what is between white space, Unicode's too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bench {

template <typename Word>
inline bool same_word(const char* a, const char* b) {
  Word x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x == y;
}

// text.starts_with(start), of names and units: they are so short that calling memcmp takes longer than
// comparing them word by word, the last of which overlaps what was compared before.
inline bool starts_with(std::string_view text, std::string_view start) {
  const size_t size = start.size();
  if (text.size() < size) return false;
  const char *a = text.data(), *b = start.data();
  if (size >= sizeof(uint64_t)) {
    const size_t last = size - sizeof(uint64_t);
    for (size_t i = 0; i < last; i += sizeof(uint64_t)) {
      if (!same_word<uint64_t>(a + i, b + i)) return false;
    }
    return same_word<uint64_t>(a + last, b + last);
  }
  if (size >= sizeof(uint32_t)) {
    const size_t last = size - sizeof(uint32_t);
    return same_word<uint32_t>(a, b) && same_word<uint32_t>(a + last, b + last);
  }
  for (size_t i = 0; i < size; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

// What is left of a line: fields, and the space behind each.
class Fields {
 public:
  explicit Fields(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  bool empty() const { return at_ == end_; }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  std::string_view take();
  // The next field if it is this one.
  bool take_if(std::string_view field);

 private:
  const char* at_;
  const char* end_;
};

// Takes the field in front of `text`, and the space behind it.
std::string_view take_field(std::string_view& text);

}  // namespace bench
