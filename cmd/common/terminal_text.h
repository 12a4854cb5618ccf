// Text that a terminal shows and does not obey. Names come from files and servers that others wrote: a
// control sequence in one may set the title, clear the screen, or type what the shell then runs.
#pragma once

#include <string>
#include <string_view>

namespace prof::cmd {

// `text` with U+FFFD for each control character (C0, DEL, C1; RFC 20, ECMA-48), as bytes and in UTF-8. Line
// ends, tabs and the sequences that set the colour of letters stay: reports have these of their own.
std::string terminal_text(std::string_view text);

}  // namespace prof::cmd
