// UTF-8 as benchmark files and query languages use it: decoding, character classes, quoting.
//
// Total: an invalid byte is one character U+FFFD, one byte wide. Not for: normalisation, display width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

struct Rune {
  char32_t code = 0;
  size_t size = 0;  // bytes; 0 only at the end of the text
};

Rune decode_rune(std::string_view text);
void append_rune(std::string& out, char32_t code);
size_t rune_count(std::string_view text);
bool valid_utf8(std::string_view text);

// Unicode categories: White_Space, Ll, Lu, and (L M N P S Zs) for what takes a place on the screen.
bool is_space(char32_t code);
bool is_lower(char32_t code);
bool is_upper(char32_t code);
bool is_graphic(char32_t code);

// The text without control characters: ? instead, and a blank for white space.
std::string printable(std::string text);

// The text in double quotes with backslash escapes, for messages; unquote reads the same language, and fails
// on a bad escape, a raw newline or missing quotes.
std::string quote(std::string_view text);
bool unquote(std::string_view quoted, std::string& out);

}  // namespace bench
