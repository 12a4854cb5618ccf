// Letters beyond ASCII, as Rust's mangled names have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prof::symbols {

// Appends the code point `c`, at most 0x10ffff.
void add_utf8(uint32_t c, std::string& out);

// Appends what `text` stands for in UTF-8: RFC 3492, with "_" for its "-". False, and nothing appended, where
// it makes no sense. Quadratic in the length, as insertions are.
bool decode_punycode(std::string_view text, std::string& out);

}  // namespace prof::symbols
