// How text may look: with colour, beyond ASCII, and on a terminal.
#pragma once

#include <string>
#include <string_view>

#include "libprof/base/terminal_text.h"

namespace bench {

struct Style {
  bool color = false;
  bool ascii = false;
  bool terminal = false;  // it obeys what is in names

  // A line, or a part of one, that names of others are in: of all that is printed beside paint()'s colours.
  std::string line(std::string_view text) const {
    return terminal ? prof::terminal_name(text) : std::string(text);
  }

  // The text in the colour of SGR parameters such as "31", where there is colour.
  std::string paint(std::string_view text, std::string_view sgr) const {
    if (!color || sgr.empty()) return std::string(text);
    return "\x1b[" + std::string(sgr) + "m" + std::string(text) + "\x1b[0m";
  }
};

// What benchcmp itself prints beyond ASCII, spelled within it: "±" is "+-", "µ" is "u", "¹" is "[1]". Other
// characters are those of benchmark names, and stay.
std::string to_ascii(std::string_view text);

}  // namespace bench
