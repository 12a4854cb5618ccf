// Text that a terminal shows and does not obey. Names come from files and servers that others wrote: a
// control sequence in one may set the title, clear the screen, or type what the shell then runs, and a line
// end in one is a row of a report that nobody wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace prof {

// What a sequence that sets the colour of letters is: a writer's own, or more of what others wrote.
enum class Colors : uint8_t { kNone, kOwn };

// `text` with U+FFFD for each control character (C0, DEL, C1; RFC 20, ECMA-48), as bytes and in UTF-8. Line
// ends and tabs stay, and with kOwn colours: then all that is in the text but the writer's went through
// terminal_text or terminal_name.
std::string terminal_text(std::string_view text, Colors colors = Colors::kNone);

// The same of a name, which is one word of a line: its line ends and tabs are "\n", "\r", "\t".
std::string terminal_name(std::string_view name);

bool has_controls(std::string_view text);  // whether terminal_name() differs

}  // namespace prof
