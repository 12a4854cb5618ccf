#include <fmt/format.h>

#include "libprof/symbols/dlang_parser.h"

namespace prof::symbols {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string escaped(char c) {
  constexpr std::string_view kEscaped = "\t\n\r\f\v", kLetters = "tnrfv";
  if (const size_t at = kEscaped.find(c); at != std::string_view::npos) return {'\\', kLetters[at]};
  if (c >= 0x20 && c < 0x7f) return {c};
  return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

void DParser::value(char type, const std::string& type_name) {
  const Step step(*this);
  const char c = peek();
  if (is_digit(c)) return integer(type);
  if (c == 'a' || c == 'w' || c == 'd') return text_value();
  next();
  switch (c) {
    case 'n':
      return write("null");
    case 'N':
      write("-");
      return integer(type);
    case 'i':
      return integer(type);
    case 'e':
      return real();
    case 'c':
      real();
      write("+");
      if (!take('c')) ok_ = false;
      real();
      return write("i");
    case 'A':
      write("[");
      return list(']', type == 'H');
    case 'S':
      write(type_name + "(");
      return list(')', false);
    case 'f':
      if (!take("_D")) ok_ = false;
      return symbol();
    default:
      ok_ = false;
  }
}

void DParser::list(char close, bool is_map) {
  const uint64_t count = decimal();
  for (uint64_t i = 0; ok_ && i < count; i++) {
    if (i > 0) write(", ");
    value('\0', "");
    if (!is_map) continue;
    write(":");
    value('\0', "");
  }
  write(std::string_view(&close, 1));
}

void DParser::integer(char type) {
  const uint64_t number = decimal();
  switch (type) {
    case 'a':
      return write(number >= 0x20 && number < 0x7f ? fmt::format("'{}'", static_cast<char>(number))
                                                   : fmt::format("'\\x{:02x}'", number));
    case 'u':
      return write(fmt::format("'\\u{:04x}'", number));
    case 'w':
      return write(fmt::format("'\\U{:08x}'", number));
    case 'b':
      return write(number != 0 ? "true" : "false");
    case 'h':
    case 't':
    case 'k':
      return write(fmt::format("{}u", number));
    case 'l':
      return write(fmt::format("{}L", number));
    case 'm':
      return write(fmt::format("{}uL", number));
    default:
      return write(std::to_string(number));
  }
}

// In hexadecimal: "N1A8P-3" is -0x1.A8p-3 with "N" for each minus.
void DParser::real() {
  if (take("NAN")) return write("NaN");
  if (take("INF")) return write("Inf");
  if (take("NINF")) return write("-Inf");
  if (take('N')) write("-");
  write("0x");
  for (size_t digits = 0; hex_digit(peek()) >= 0; digits++) {
    const char digit = next();
    write(std::string_view(&digit, 1));
    if (digits == 0) write(".");
  }
  if (!take('P')) ok_ = false;
  write("p");
  if (take('N')) write("-");
  write(std::to_string(decimal()));
}

void DParser::text_value() {
  const char width = next();
  const uint64_t size = decimal();
  if (!take('_') || size > text_.size() - at_) ok_ = false;
  write("\"");
  for (uint64_t i = 0; ok_ && i < size; i++) {
    const int high = hex_digit(next()), low = hex_digit(next());
    if (high < 0 || low < 0) ok_ = false;
    write(escaped(static_cast<char>(high * 16 + low)));
  }
  write("\"");
  if (width != 'a') write(std::string_view(&width, 1));
}

}  // namespace prof::symbols
