#include "stats/table/style.h"

#include "stats/text/unicode.h"

namespace bench {
namespace {

struct Spelling {
  std::string_view character;
  std::string_view ascii;
};
constexpr Spelling kSpellings[] = {{"±", "+-"},  {"│", "|"},   {"µ", "u"},   {"∞", "inf"}, {"⁰", "[0]"},
                                   {"¹", "[1]"}, {"²", "[2]"}, {"³", "[3]"}, {"⁴", "[4]"}, {"⁵", "[5]"},
                                   {"⁶", "[6]"}, {"⁷", "[7]"}, {"⁸", "[8]"}, {"⁹", "[9]"}, {"·", "-"},
                                   {"🔴", ""},    {"🟢", ""}, {"🟡", ""}, {"⚪", ""}};

}  // namespace

std::string to_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t size = decode_rune(text).size;
    std::string_view piece = text.substr(0, size);
    for (const Spelling& spelling : kSpellings) {
      if (piece == spelling.character) piece = spelling.ascii;
    }
    // Digits of one footnote: [1][2] of its number 12 become [12].
    if (piece.size() == 3 && piece[0] == '[' && out.ends_with(']')) {
      out.back() = piece[1];
      out += ']';
    } else {
      out += piece;
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace bench
