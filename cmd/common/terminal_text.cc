#include "cmd/common/terminal_text.h"

#include <algorithm>
#include <cstdint>

#include "libprof/base/utf8.h"

namespace prof::cmd {
namespace {

// Bytes of the sequence at the beginning that sets no more than a colour or boldness: "ESC [ 31 m"; 0: there
// is none.
size_t color_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const size_t end = text.find_first_not_of("0123456789;", 2);
  if (end == std::string_view::npos || text[end] != 'm') return 0;
  for (size_t at = 2; at < end;) {
    const size_t next = std::min(text.find(';', at), end);
    const std::string_view code = text.substr(at, next - at);
    const bool is_color = code.size() == 2 && (code[0] == '3' || code[0] == '9') && code[1] < '8';
    if (!is_color && code != "0" && code != "1") return 0;
    at = next + 1;
  }
  return end + 1;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  if (character.size() == 2) return first == 0xc2 && static_cast<uint8_t>(character[1]) < 0xa0;
  return character.size() == 1 && (first < 0x20 || (first >= 0x7f && first < 0xa0));
}

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const size_t length = std::max({utf8_length(text, i), color_length(rest), size_t{1}});
    const bool stays = rest[0] == '\n' || rest[0] == '\t' || rest.starts_with("\r\n");
    if (!stays && is_control(rest.substr(0, length))) {
      out += "\ufffd";
    } else {
      out += rest.substr(0, length);
    }
    i += length;
  }
  return out;
}

}  // namespace prof::cmd
