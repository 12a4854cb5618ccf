#include "stats/text/unicode.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace bench {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kMaxRune = 0x10FFFF;

bool continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Beyond ASCII the categories come from RE2's Unicode tables.
bool matches(char32_t code, const RE2& category) {
  std::string text;
  append_rune(text, code);
  return RE2::FullMatch(text, category);
}

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// Reads `digits` digits of `base` at text[pos...]; false where there are fewer.
bool read_digits(std::string_view text, size_t& pos, int digits, int base, char32_t& value) {
  value = 0;
  for (int i = 0; i < digits; i++, pos++) {
    if (pos >= text.size() || digit_value(text[pos]) >= base) return false;
    value = value * static_cast<char32_t>(base) + static_cast<char32_t>(digit_value(text[pos]));
  }
  return true;
}

struct Escape {
  char letter;
  char value;
};
constexpr Escape kEscapes[] = {{'a', '\a'}, {'b', '\b'}, {'f', '\f'},  {'n', '\n'}, {'r', '\r'},
                               {'t', '\t'}, {'v', '\v'}, {'\\', '\\'}, {'"', '"'}};

// One escape sequence behind the backslash at text[pos - 1].
bool read_escape(std::string_view text, size_t& pos, std::string& out) {
  if (pos >= text.size()) return false;
  const char letter = text[pos];
  for (const auto& escape : kEscapes) {
    if (escape.letter == letter) {
      out += escape.value;
      pos++;
      return true;
    }
  }
  char32_t value = 0;
  if (letter >= '0' && letter <= '7') {
    if (!read_digits(text, pos, 3, 8, value) || value > 255) return false;
    out += static_cast<char>(value);
    return true;
  }
  pos++;
  if (letter == 'x') {
    if (!read_digits(text, pos, 2, 16, value)) return false;
    out += static_cast<char>(value);
    return true;
  }
  if (letter != 'u' && letter != 'U') return false;
  if (!read_digits(text, pos, letter == 'u' ? 4 : 8, 16, value)) return false;
  if (value > kMaxRune || (value >= 0xD800 && value <= 0xDFFF)) return false;
  append_rune(out, value);
  return true;
}

}  // namespace

Rune decode_rune(std::string_view text) {
  if (text.empty()) return {};
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const unsigned char first = at(0);
  if (first < 0x80) return {first, 1};
  const int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return {kReplacement, 1};
  char32_t code = first & (0x7F >> length);
  for (int i = 1; i < length; i++) {
    if (!continuation(at(i))) return {kReplacement, 1};
    code = code << 6 | (at(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > kMaxRune || (code >= 0xD800 && code <= 0xDFFF)) return {kReplacement, 1};
  return {code, static_cast<size_t>(length)};
}

void append_rune(std::string& out, char32_t code) {
  if (code > kMaxRune || (code >= 0xD800 && code <= 0xDFFF)) code = kReplacement;
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned char kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[extra] | code >> (6 * extra));
  for (int i = extra - 1; i >= 0; i--) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

size_t rune_count(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return text.size();
  }
  size_t count = 0;
  for (; !text.empty(); count++) text.remove_prefix(decode_rune(text).size);
  return count;
}

std::string printable(std::string text) {
  const auto may_be_control = [](char c) {  // U+0080 to U+009F begin with 0xC2
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 0x7F || byte == 0xC2;
  };
  if (std::none_of(text.begin(), text.end(), may_be_control)) return text;
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const Rune rune = decode_rune(rest);
    const bool is_control = rune.code < ' ' || (rune.code >= 0x7F && rune.code < 0xA0);
    if (is_control) {
      out += is_space(rune.code) ? ' ' : '?';
    } else {
      out += rest.substr(0, rune.size);
    }
    rest.remove_prefix(rune.size);
  }
  return out;
}

bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    if (rune.code == kReplacement && rune.size == 1) return false;
    text.remove_prefix(rune.size);
  }
  return true;
}

bool is_space(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
         code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_lower(char32_t code) {
  static const RE2 category("\\p{Ll}");
  return code < 0x80 ? code >= 'a' && code <= 'z' : matches(code, category);
}

bool is_upper(char32_t code) {
  static const RE2 category("\\p{Lu}");
  return code < 0x80 ? code >= 'A' && code <= 'Z' : matches(code, category);
}

bool is_graphic(char32_t code) {
  static const RE2 category("[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}]");
  return code < 0x80 ? code >= ' ' && code != 0x7F : matches(code, category);
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    const char byte = text[0];
    const bool valid = rune.size > 1 || rune.code < 0x80;
    const Escape* escape = nullptr;
    for (const auto& candidate : kEscapes) {
      if (rune.size == 1 && candidate.value == byte) escape = &candidate;
    }
    if (escape != nullptr) {
      out += '\\';
      out += escape->letter;
    } else if (!valid || rune.code < 0x80) {
      out += valid && is_graphic(rune.code) ? std::string(1, byte)
                                            : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else if (is_graphic(rune.code) && !is_space(rune.code)) {
      out += text.substr(0, rune.size);
    } else {
      out += rune.code < 0x10000 ? fmt::format("\\u{:04x}", static_cast<uint32_t>(rune.code))
                                 : fmt::format("\\U{:08x}", static_cast<uint32_t>(rune.code));
    }
    text.remove_prefix(rune.size);
  }
  return out + '"';
}

bool unquote(std::string_view quoted, std::string& out) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return false;
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string result;
  for (size_t pos = 0; pos < text.size();) {
    if (text[pos] == '\n' || text[pos] == '"') return false;
    if (text[pos] == '\\') {
      if (!read_escape(text, ++pos, result)) return false;
      continue;
    }
    const Rune rune = decode_rune(text.substr(pos));
    append_rune(result, rune.code);
    pos += rune.size;
  }
  out = std::move(result);
  return true;
}

}  // namespace bench
