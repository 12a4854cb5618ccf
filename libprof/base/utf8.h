// UTF-8 as RFC 3629 defines it: what is of it, and what is not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace prof {

// Bytes of the sequence at `at`; 0 where it is malformed, cut, overlong, a surrogate or past U+10FFFF.
size_t utf8_length(std::string_view text, size_t at);

bool is_utf8(std::string_view text);

// `text` with U+FFFD for each byte that is of no sequence.
std::string as_utf8(std::string_view text);

}  // namespace prof
