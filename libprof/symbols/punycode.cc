#include "libprof/symbols/punycode.h"

#include <array>
#include <cstddef>
#include <vector>

namespace prof::symbols {

void add_utf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr std::array<uint32_t, 4> kLead = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[static_cast<size_t>(more)] | (c >> (6 * more)));
  for (int i = more - 1; i >= 0; i--) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3f));
}

bool decode_punycode(std::string_view text, std::string& out) {
  const size_t last = text.rfind('_');
  std::vector<uint32_t> points;
  if (last != std::string_view::npos)
    points.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(last));
  std::string_view rest = last == std::string_view::npos ? text : text.substr(last + 1);
  uint64_t point = 128, at = 0, bias = 72;
  for (bool is_first = true; !rest.empty(); is_first = false) {
    const uint64_t before = at;
    for (uint64_t weight = 1, k = 36;; k += 36) {
      if (rest.empty()) return false;
      const char c = rest.front();
      rest.remove_prefix(1);
      const bool is_digit = c >= '0' && c <= '9';
      if (!is_digit && (c < 'a' || c > 'z')) return false;
      const uint64_t digit = is_digit ? static_cast<uint64_t>(c - '0') + 26 : static_cast<uint64_t>(c - 'a');
      at += digit * weight;
      const uint64_t threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > UINT32_MAX || at > UINT32_MAX) return false;
    }
    const uint64_t size = points.size() + 1;
    uint64_t delta = (at - before) / (is_first ? 700 : 2);
    delta += delta / size;
    uint64_t k = 0;
    for (; delta > 455; k += 36) delta /= 35;
    bias = k + 36 * delta / (delta + 38);
    point += at / size;
    at %= size;
    if (point > 0x10ffff) return false;
    points.insert(points.begin() + static_cast<std::ptrdiff_t>(at++), static_cast<uint32_t>(point));
  }
  for (const uint32_t c : points) add_utf8(c, out);
  return true;
}

}  // namespace prof::symbols
