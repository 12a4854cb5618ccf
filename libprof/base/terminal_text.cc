#include "libprof/base/terminal_text.h"

#include <algorithm>
#include <cstdint>

#include "libprof/base/utf8.h"

namespace prof {
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

std::string_view first_character(std::string_view text) {
  return text.substr(0, std::max<size_t>(utf8_length(text, 0), 1));
}

const char* escape_of(char c) { return c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : nullptr; }

}  // namespace

std::string terminal_text(std::string_view text, Colors colors) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t color = colors == Colors::kOwn ? color_length(text) : 0;
    const std::string_view next = color != 0 ? text.substr(0, color) : first_character(text);
    const bool stays = next == "\n" || next == "\t" || text.starts_with("\r\n");
    out += stays || !is_control(next) ? next : "\ufffd";
    text.remove_prefix(next.size());
  }
  return out;
}

std::string terminal_name(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  while (!name.empty()) {
    const std::string_view next = first_character(name);
    const char* const escape = escape_of(next[0]);
    out += escape != nullptr ? escape : is_control(next) ? "\ufffd" : next;
    name.remove_prefix(next.size());
  }
  return out;
}

bool has_controls(std::string_view text) {
  while (!text.empty()) {
    const std::string_view next = first_character(text);
    if (is_control(next)) return true;
    text.remove_prefix(next.size());
  }
  return false;
}

}  // namespace prof
