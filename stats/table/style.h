// How text may look: with colour, and beyond ASCII.
#pragma once

#include <string>
#include <string_view>

namespace bench {

struct Style {
  bool color = false;
  bool ascii = false;

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
